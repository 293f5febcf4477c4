"""One PostgreSQL server of a test's own, on 127.0.0.1, which the test may kill, copy and promote."""

import os
import shutil
import signal
import socket
import subprocess
import sys

import psycopg2

from namespaces import run

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "system"))
from programs import await_that  # noqa: E402

BIN = "/usr/lib/postgresql/15/bin"
PASSWORD = "made-up-password"
# PostgreSQL refuses root.
AS_SERVER = ["setpriv", "--reuid=postgres", "--regid=postgres", "--init-groups"] if os.geteuid() == 0 else []


def free_port():
    """Below the range from which the kernel takes ports of outgoing connections: a server that was ended finds its port free again."""
    for port in range(10000 + os.getpid() % 10000, 32000):
        with socket.socket() as probe:
            try:
                probe.bind(("127.0.0.1", port))
            except OSError:
                continue
            if port not in _given:
                _given.add(port)
                return port
    raise RuntimeError("no free port on 127.0.0.1")


_given = set()


def server_folder(path):
    """A folder that the server's user may write."""
    os.makedirs(path, exist_ok=True)
    if AS_SERVER:
        shutil.chown(path, "postgres", "postgres")
    return path


class PostgresServer:
    """Its data lies in `folder`/data, its log in `folder`/log."""

    def __init__(self, folder, **options):
        self.folder = server_folder(folder)
        self.data = os.path.join(folder, "data")
        self.port = free_port()
        self.options = dict(options, listen_addresses="127.0.0.1", unix_socket_directories="", max_connections="100", port=self.port)
        self.process = None

    @property
    def address(self):
        return f"127.0.0.1:{self.port}"

    def url(self, database="postgres", user="postgres"):
        return f"postgresql://{user}:{PASSWORD}@{self.address}/{database}"

    def program(self, name, *words):
        return run(*AS_SERVER, os.path.join(BIN, name), *words, cwd=self.folder, env=dict(os.environ, PGPASSWORD=PASSWORD))

    def make(self):
        """A new cluster."""
        password = os.path.join(self.folder, "password")
        with open(password, "w") as file:
            file.write(PASSWORD)
        self.program("initdb", "-D", self.data, "-U", "postgres", "--pwfile=" + password, "--auth=scram-sha-256", "-E", "UTF8",
                     "--locale=C.UTF-8", "--no-sync")

    def copy(self, primary, slot):
        """A standby of that server, which streams by a slot of this name."""
        self.program("pg_basebackup", "-h", "127.0.0.1", "-p", str(primary.port), "-U", "postgres", "-D", self.data, "-R", "-X", "stream",
                     "-C", "-S", slot, "-c", "fast", "--no-sync")
        with open(os.path.join(self.data, "postgresql.auto.conf"), "a") as file:
            file.write(f"primary_conninfo = 'host=127.0.0.1 port={primary.port} user=postgres password={PASSWORD} "
                       f"application_name={slot}'\n")

    def start(self):
        words = [word for name, value in self.options.items() for word in ("-c", f"{name}={value}")]
        with open(os.path.join(self.folder, "log"), "a") as log:
            self.process = subprocess.Popen([*AS_SERVER, os.path.join(BIN, "postgres"), "-D", self.data, *words], cwd=self.folder,
                                            stdin=subprocess.DEVNULL, stdout=log, stderr=log, start_new_session=True)
        await_that(self.is_ready, f"the server in {self.folder} takes connections", pause=0.1)

    def is_ready(self):
        """Takes connections; a RuntimeError where it has ended."""
        if self.process.poll() is not None:
            raise RuntimeError(f"postgres ended with {self.process.returncode}: {self.log()[-2000:]}")
        return subprocess.run([os.path.join(BIN, "pg_isready"), "-q", "-h", "127.0.0.1", "-p", str(self.port)]).returncode == 0

    def runs(self):
        return self.process is not None and self.process.poll() is None

    def crash(self):
        """Ends at once, as a machine that loses its power: nothing is flushed and nobody is told."""
        self._end(signal.SIGQUIT)

    def stop(self):
        self._end(signal.SIGINT)

    def _end(self, by):
        if self.runs():
            self.process.send_signal(by)
            self.process.wait(60)

    def rows(self, statement, database="postgres"):
        """As superuser, each time by a connection of its own."""
        connection = psycopg2.connect(self.url(database))
        try:
            connection.autocommit = True
            with connection.cursor() as cursor:
                cursor.execute(statement)
                return cursor.fetchall() if cursor.description else []
        finally:
            connection.close()

    def promote(self):
        self.program("pg_ctl", "promote", "-D", self.data, "-w", "-s")

    def log(self):
        with open(os.path.join(self.folder, "log"), errors="replace") as file:
            return file.read()

    def make_roles(self):
        """The programs' roles are the cluster's, and the migrations leave them without log-in."""
        for role in ("otp_worker", "otp_verify"):
            self.rows(f"alter role {role} login password '{PASSWORD}'")
