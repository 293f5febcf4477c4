"""Servers of the bench's own, and what a run has on them: a virtual host, a database, a stub, programs that are ended again."""

import contextlib
import json
import os
import ssl
import subprocess
import tempfile
import time
import urllib.parse
import urllib.request

import psycopg2
import psycopg2.extras

import huge_pages
import processes
from servers import PrivateServers  # of tests/fault; it also knows where `programs` is
from broker import Broker
from database import Database
from jobs import CODE_KEYS, HASH_KEYS
from programs import ROOT, environment, need, run_otpctl, with_path
from sandbox_fixture import ACCOUNT, SENDER, TOKEN

TENANT = "bench"
FIRST_NUMBER = 14152000000  # and those after it: valid, and distinct in a database, so that no limit meets them
GOOD_ENDS = 60  # seconds that a process may take to end when asked
WAL = "select pg_wal_lsn_diff(pg_current_wal_insert_lsn(), '0/0')::bigint"  # bytes since ever, of the whole server

# The plain defaults would measure checkpoints and a cache of 128 MB. What makes commits safe stays as it is: on.
POSTGRES = {
    "shared_buffers": "1GB", "max_wal_size": "8GB", "min_wal_size": "2GB", "checkpoint_timeout": "30min",
    "autovacuum_naptime": "15s",
}


def tool(name):
    """A program of tests/bench."""
    path = os.path.join(os.path.abspath(need("OTP_BUILD_DIR")), "tests", name)
    if not os.access(path, os.X_OK):
        raise RuntimeError(path + " is missing: scripts/bench builds it")
    return path


def product(name):
    return os.path.join(os.path.abspath(need("OTP_BUILD_DIR")), "bin", name)


def with_query(url, **fields):
    return url + "?" + urllib.parse.urlencode(fields)


class Program:
    """A process whose standard error goes to a file, so that nobody's reading of it is measured along."""

    def __init__(self, words, settings, core=None, says_address=False):
        self.log = tempfile.NamedTemporaryFile(prefix="otp-bench-", suffix=".log")  # pylint: disable=consider-using-with
        self.name = os.path.basename(words[0])
        self.process = subprocess.Popen(
            words, env=environment(settings), cwd=ROOT, stdin=subprocess.DEVNULL, stderr=self.log,
            stdout=subprocess.PIPE if says_address else subprocess.DEVNULL, text=True,
            preexec_fn=None if core is None else lambda: os.sched_setaffinity(0, {core}),
        )
        self.pid = self.process.pid
        self.address = self.process.stdout.readline().strip() if says_address else None
        if says_address and not self.address:
            self.process.wait()
            raise RuntimeError(f"{self.name} did not start: {self.text()}")

    def text(self):
        with open(self.log.name, encoding="utf-8", errors="replace") as file:
            return file.read()

    def require_alive(self):
        if self.process.poll() not in (None, 0):
            raise RuntimeError(f"{self.name} ended with code {self.process.returncode}: {self.text()[-2000:]}")

    def stop(self):
        """The exit code."""
        if self.process.poll() is None:
            self.process.terminate()
        return self.process.wait(GOOD_ENDS)

    def require_good_end(self):
        if self.stop() != 0:
            raise RuntimeError(f"{self.name} ended with {self.process.returncode}: {self.text()[-2000:]}")

    def end(self):
        """Whatever state it is in."""
        if self.process.poll() is None:
            self.process.kill()
        self.process.wait()
        if self.process.stdout:
            self.process.stdout.close()
        self.log.close()


class Stub(Program):
    """The provider. With `tls`, by certificate and key."""

    def __init__(self, tls=None, ca_file=None):
        super().__init__([tool("bench_stub"), *(tls or ())], {}, says_address=True)
        self.url = ("https://" if tls else "http://") + self.address
        self.context = ssl.create_default_context(cafile=ca_file) if tls else None

    def ask(self, method, path):
        request = urllib.request.Request(self.url + path, method=method)
        with urllib.request.urlopen(request, timeout=30, context=self.context) as answer:
            return json.load(answer)

    def reset(self, latency_ms):
        self.ask("POST", f"/reset?latency={latency_ms}")

    def counts(self):
        return self.ask("GET", "/counts")

    def series(self):
        """(seconds, messages a second), for each tenth of a second."""
        return [(i / 10, 10 * count) for i, count in enumerate(self.ask("GET", "/series"))]


class NarrowDatabase:
    """A database with what the bare probes write, and nothing else."""

    def __init__(self):
        self.name = "bench_" + os.urandom(6).hex()
        self._on_server(f'create database "{self.name}"')
        self.url = with_path(need("DATABASE_URL"), self.name)
        self.connection = psycopg2.connect(self.url)
        self.connection.autocommit = True
        with open(os.path.join(ROOT, "tests", "bench", "narrow_tables.sql"), encoding="utf-8") as file:
            self.rows(file.read())

    def _on_server(self, statement):
        with contextlib.closing(psycopg2.connect(need("DATABASE_URL"))) as connection:
            connection.autocommit = True
            connection.cursor().execute(statement)

    def rows(self, statement, *values):
        with self.connection.cursor(cursor_factory=psycopg2.extras.RealDictCursor) as cursor:
            cursor.execute(statement, values or None)
            return [dict(row) for row in cursor.fetchall()] if cursor.description else []

    def one(self, statement, *values):
        return next(iter(self.rows(statement, *values)[0].values()))

    def close(self):
        self.connection.close()
        self._on_server(f'drop database "{self.name}" with (force)')


class Bench:
    """The servers, the stubs, and how the programs under test are started on them."""

    def __init__(self, quick):
        self.quick = quick
        self.cleanups = contextlib.ExitStack()
        try:
            self.cleanups.enter_context(huge_pages.reserved())
            self.servers = PrivateServers()
            self.cleanups.callback(self.servers.stop_all)
            self._tune()
            self.stub = Stub()
            self.cleanups.callback(self.stub.end)
            self.ca_file = need("CA_FILE")
            folder = os.path.dirname(self.ca_file)
            self.tls_stub = Stub((folder + "/server.pem", folder + "/server.key"), self.ca_file)
            self.cleanups.callback(self.tls_stub.end)
            self.roots = {
                "postgres": [self.servers.pid("postgres")], "rabbitmq": [self.servers.pid("rabbitmq")],
                "stub": [self.stub.pid, self.tls_stub.pid],
            }
        except BaseException:
            self.close()
            raise

    def close(self):
        self.cleanups.close()

    def _tune(self):
        with contextlib.closing(psycopg2.connect(need("DATABASE_URL"))) as connection:
            connection.autocommit = True
            cursor = connection.cursor()
            for name, value in POSTGRES.items():
                cursor.execute(f"alter system set {name} = %s", (value,))
        self.servers.stop("postgres")
        self.servers.start("postgres")
        self.has_huge_pages = huge_pages.in_use()
        self._make_wal()

    def _make_wal(self):
        """Each new 16 MB of WAL is filled with zeros and synced, a stall of 0.1 s: those of the bench are used ones, made here."""
        with contextlib.closing(psycopg2.connect(need("DATABASE_URL"))) as connection:
            connection.autocommit = True
            cursor = connection.cursor()
            for _ in range(4 if self.quick else 16):
                cursor.execute("create table fill as select repeat(md5(i::text), 30) as x from generate_series(1, 100000) i")
                cursor.execute("drop table fill")
            cursor.execute("checkpoint")

    @contextlib.contextmanager
    def broker(self):
        """A virtual host with the product's queues."""
        broker = Broker()
        try:
            run_otpctl(["topology", "apply"], {"AMQP_URL": broker.url})
            yield broker
        finally:
            if not broker.connection.is_open:
                broker.connect()
            broker.close()

    @staticmethod
    @contextlib.contextmanager
    def database(narrow=False):
        database = NarrowDatabase() if narrow else Database()
        try:
            yield database
        finally:
            database.close()

    def publish(self, broker, count, first=FIRST_NUMBER, rate=0, age=0):
        words = [tool("bench_publish"), str(count), str(first), str(rate), str(age)]
        done = subprocess.run(words, env=environment({"AMQP_URL": broker.url}), capture_output=True, text=True, timeout=280)
        if done.returncode != 0:
            raise RuntimeError(done.stderr)

    def start_worker(self, broker, database, tls=False, core=None, concurrency=1024):
        """With everything on that it has by itself; nothing between it and its servers but TLS, where asked for."""
        session = {"sslmode": "verify-full", "sslrootcert": self.ca_file} if tls else {"sslmode": "disable"}
        return Program([product("otp-worker")], {
            "AMQP_URL": broker.tls_url if tls else broker.url, "AMQP_CA_FILE": self.ca_file,
            "DATABASE_URL": with_query(database.worker_url, **session),
            "TWILIO_API_URL": (self.tls_stub if tls else self.stub).url, "OTP_CA_FILE": self.ca_file,
            "TWILIO_ACCOUNT_SID": ACCOUNT, "TWILIO_AUTH_TOKEN": TOKEN, "TWILIO_PHONE_NUMBER": SENDER,
            "OTP_CODE_KEYS": CODE_KEYS, "OTP_HASH_KEYS": HASH_KEYS, "OTP_WORKER_LISTEN": "127.0.0.1:0",
            "OTP_STARTUP_WAIT_SECONDS": "30", "OTP_CONCURRENCY": str(concurrency),
        }, core)

    def start_probe(self, broker, database, jobs, concurrency=1024):
        words = [tool("bench_probe"), "drain", str(jobs), str(concurrency), self.stub.address]
        return Program(words, {"AMQP_URL": broker.url, "DATABASE_URL": with_query(database.url, sslmode="disable")})

    def start_verify(self, broker, database):
        url = with_path(need("VERIFY_DATABASE_URL"), database.name)
        program = Program([product("otp-verify")], {
            "AMQP_URL": broker.url, "DATABASE_URL": with_query(url, sslmode="disable"), "OTP_HASH_KEYS": HASH_KEYS,
            "OTP_LISTEN": "127.0.0.1:0", "OTP_STARTUP_WAIT_SECONDS": "30",
        })
        end = time.monotonic() + 30
        while '"event":"listening"' not in program.text():
            program.require_alive()
            if time.monotonic() > end:
                raise RuntimeError("otp-verify does not listen: " + program.text())
            time.sleep(0.05)
        line = next(line for line in program.text().splitlines() if '"event":"listening"' in line)
        program.address = json.loads(line)["address"]
        return program

    def start_check_probe(self, database):
        return Program([tool("bench_check_probe")], {"DATABASE_URL": with_query(database.url, sslmode="disable")}, says_address=True)

    def cpu(self, **more):
        """CPU seconds of each group by now; `more` are programs by name of their group."""
        roots = {**self.roots, **{name: [p.pid for p in programs] for name, programs in more.items()}}
        return {name: processes.cpu_seconds(pids) for name, pids in roots.items()}
