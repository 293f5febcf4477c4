"""The PostgreSQL primary is killed in the middle of the work and its synchronous standby is promoted. Workers and otp-verify, which know
both addresses, go on by themselves; nothing that a worker was told is committed is missing, nothing is lost or doubled."""

import hashlib
import os
import secrets
import tempfile
import time
import unittest.mock

import psycopg2

from fault_test import FaultTest, main
from postgres_server import PASSWORD, PostgresServer
from jobs import HASH_KEYS, digits
from programs import await_that, with_path
from verify_service import Verify


class StandbyFault(FaultTest):
    settings = {"OTP_CONCURRENCY": "64"}
    sandbox_settings = {"SANDBOX_LATENCY_MS": "100"}

    @classmethod
    def setUpClass(cls):
        folder = cls.enterClassContext(tempfile.TemporaryDirectory(prefix="otp-standby."))
        os.chmod(folder, 0o711)
        cls.primary = PostgresServer(os.path.join(folder, "primary"))
        cls.standby = PostgresServer(os.path.join(folder, "standby"))
        cls.addClassCleanup(cls.primary.crash)
        cls.addClassCleanup(cls.standby.crash)
        cls.primary.make()
        cls.primary.start()
        for role in ("otp_worker", "otp_verify"):
            cls.primary.rows(f"create role {role} login password '{PASSWORD}'")
        # Before the copy, as where both are configured alike: the promoted standby has to be told that it is alone.
        cls.primary.rows("alter system set synchronous_standby_names = 'standby'")
        cls.standby.copy(cls.primary, "standby")
        cls.standby.start()
        cls.primary.rows("select pg_reload_conf()")
        await_that(lambda: cls.primary.rows("select sync_state from pg_stat_replication") == [("sync",)], "the standby is synchronous")
        cls.enterClassContext(unittest.mock.patch.dict(
            os.environ, DATABASE_URL=cls.url_of("postgres"), WORKER_DATABASE_URL=cls.url_of("otp_worker")))
        super().setUpClass()

    @classmethod
    def url_of(cls, role):
        return (f"postgresql://{role}:{PASSWORD}@{cls.primary.address},{cls.standby.address}/postgres"
                "?target_session_attrs=read-write")

    def sent(self, server):
        return server.rows("select count(*) from otp.delivery where status = 'sent'", self.database.name)[0][0]

    def commits_wait_for_a_standby(self):
        return self.standby.rows("select count(*) from pg_stat_activity where wait_event = 'SyncRep'")[0][0] > 0

    def wait_for_no_standby(self):
        """From now on commits of the servers that run wait for nobody."""
        for server in (self.primary, self.standby):
            if server.runs():
                server.rows("alter system reset synchronous_standby_names")
                server.rows("select pg_reload_conf()")

    def start_verify(self):
        verify = Verify(self.database, self.broker.url, OTP_HASH_KEYS=HASH_KEYS,
                        DATABASE_URL=with_path(self.url_of("otp_verify"), self.database.name))
        self.addCleanup(verify.kill)
        key = secrets.token_urlsafe(24)
        self.database.rows("select otp.create_api_key(%s, %s, '{check}')", hashlib.sha256(key.encode()).digest(), self.tenant)
        return verify, key

    def promote(self):
        """Kills the primary and promotes the standby."""
        self.primary.crash()
        started = time.monotonic()
        self.standby.promote()
        await_that(self.commits_wait_for_a_standby, "a worker's commit waits for a standby that is not there", pause=0.05)
        self.wait_for_no_standby()
        before = self.sent(self.standby)
        self.assertLess(before, self.jobs, "all was done before the fault: the test proves nothing")
        await_that(lambda: self.sent(self.standby) > before, "the worker goes on with the promoted standby", pause=0.05)
        print(f"promoted, and jobs end again {time.monotonic() - started:.1f} s after the primary was killed", flush=True)
        self.database.connection = psycopg2.connect(self.database.url)
        self.database.connection.autocommit = True

    def test_workers_and_checks_go_on_with_the_promoted_standby_and_nothing_is_lost_or_doubled(self):
        self.addCleanup(self.wait_for_no_standby)
        verify, key = self.start_verify()
        self.enqueue(self.jobs)
        self.await_done(0.2)
        self.promote()
        told = {event["request_id"] for event in self.broker.events()}
        kept = {str(row["request_id"]) for row in self.database.rows("select request_id from otp.delivery where status = 'sent'")}
        self.assertEqual(told - kept, set(), "events were told of commits that the standby does not have")

        text = self.sandbox.inbox()[-1]
        answer = verify.call("POST", "/v1/check", {"to": text["to"], "purpose": "login", "code": digits(text["text"])}, key)
        self.assertEqual((answer.status, answer.json.get("status")), (200, "approved"), answer.text)
        self.audit(self.jobs)


if __name__ == "__main__":
    main()
