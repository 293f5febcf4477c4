"""The tables that the programs under test write."""

import os
import uuid

import psycopg2
import psycopg2.extras

from programs import ROOT, need, run_otpctl, with_path

# How many attempts of delivery d were ever in doubt: the provider may have told meanwhile what became of them.
DOUBTS = """(select count(*) from otp.delivery_attempt a where a.request_id = d.request_id and (a.state = 'in_doubt' or exists (
               select from otp.delivery_event e where e.request_id = a.request_id and e.attempt = a.attempt and e.kind = 'in_doubt')))"""


class Database:
    """A database of its own, with every migration applied."""

    def __init__(self):
        self.name = "otp_test_" + uuid.uuid4().hex[:12]
        self._on_server(f'create database "{self.name}"')
        self.url = with_path(need("DATABASE_URL"), self.name)
        self.worker_url = with_path(need("WORKER_DATABASE_URL"), self.name)
        self.connection = None
        try:
            run_otpctl(["migrate", "--folder", os.path.join(ROOT, "migrations")], {"DATABASE_URL": self.url})
            self.connect()
        except BaseException:
            self._drop()
            raise

    def connect(self):
        """Also anew, after the server was away."""
        if self.connection is not None:
            self.connection.close()
        self.connection = psycopg2.connect(self.url)
        self.connection.autocommit = True

    def _on_server(self, statement):
        connection = psycopg2.connect(need("DATABASE_URL"))
        connection.autocommit = True
        with connection.cursor() as cursor:
            cursor.execute(statement)
        connection.close()

    def rows(self, statement, *values):
        with self.connection.cursor(cursor_factory=psycopg2.extras.RealDictCursor) as cursor:
            cursor.execute(statement, values or None)
            return [dict(row) for row in cursor.fetchall()] if cursor.description else []

    def one(self, statement, *values):
        return next(iter(self.rows(statement, *values)[0].values()))

    def delivery(self, request_id):
        found = self.rows("select * from otp.delivery where request_id = %s", request_id)
        return found[0] if found else None

    def attempts(self, request_id):
        return self.rows("select * from otp.delivery_attempt where request_id = %s order by attempt", request_id)

    def delivery_events(self, request_id):
        return self.rows("select * from otp.delivery_event where request_id = %s order by at", request_id)

    def verification(self, request_id):
        statement = "select v.* from otp.verification v join otp.delivery d on d.verification_id = v.id where d.request_id = %s"
        found = self.rows(statement, request_id)
        return found[0] if found else None

    def close(self):
        self.connection.close()
        self._drop()

    def _drop(self):
        self._on_server(f'drop database "{self.name}" with (force)')
