"""A database, a broker's vhost, a sandbox and workers for one class of tests, on the servers that the environment names
(`scripts/devstack env` prints it). All of it is gone when the class ends."""

import contextlib
import hashlib
import hmac
import json
import os
import re
import signal
import socket
import subprocess
import threading
import time
import unittest
import urllib.error
import urllib.parse
import urllib.request
import uuid
from datetime import datetime, timedelta, timezone

import pika
import pika.exceptions
import psycopg2
import psycopg2.extras

import sandbox_fixture

ROOT = os.path.abspath(os.path.join(os.path.dirname(__file__), "..", ".."))
PATIENCE = 60  # seconds; only a broken program needs them
RETRY_QUEUES = ["otp.retry.%d" % ms for ms in (250, 500, 1000, 2000, 4000, 8000)]
CODE_KEYS = "c1:" + "17" * 32
HASH_KEYS = "h1:" + "2b" * 32
# How many attempts of delivery d were ever in doubt: the provider may have told meanwhile what became of them.
DOUBTS = """(select count(*) from otp.delivery_attempt a where a.request_id = d.request_id and (a.state = 'in_doubt' or exists (
               select from otp.delivery_event e where e.request_id = a.request_id and e.attempt = a.attempt and e.kind = 'in_doubt')))"""

# A proxy that the caller's shell names is not for loopback.
urllib.request.install_opener(urllib.request.build_opener(urllib.request.ProxyHandler({})))


def need(name):
    value = os.environ.get(name)
    if not value:
        raise RuntimeError(name + " is not set; `scripts/devstack up` and `scripts/devstack env` give it")
    return value


def program(name):
    path = os.path.join(os.path.abspath(need("OTP_BUILD_DIR")), "bin", name)
    if not os.access(path, os.X_OK):
        raise RuntimeError(path + " is missing: build the target " + name)
    return path


def environment(settings):
    """Without the caller's settings, so that only what the test says is set."""
    foreign = ("TWILIO_", "GUPSHUP_", "SANDBOX_", "OTP_", "AMQP", "DATABASE_URL", "PG")
    own = {name: value for name, value in os.environ.items() if not name.startswith(foreign)}
    own.update({name: value for name, value in settings.items() if value is not None})
    return own


def await_that(condition, what, limit=PATIENCE, pause=0.02):
    """Waits until `condition()` is truthy, and returns that."""
    end = time.monotonic() + limit
    while True:
        value = condition()
        if value:
            return value
        if time.monotonic() > end:
            raise AssertionError("it never came to pass: " + what)
        time.sleep(pause)


def free_port():
    """Of loopback, for a program that is told its address before it starts."""
    with socket.create_server(("127.0.0.1", 0)) as one:
        return one.getsockname()[1]


def with_path(url, path):
    return urllib.parse.urlsplit(url)._replace(path="/" + path).geturl()


def now(seconds=0):
    at = datetime.now(timezone.utc) + timedelta(seconds=seconds)
    return at.strftime("%Y-%m-%dT%H:%M:%S.%f")[:-3] + "Z"


_numbers = iter(range(10**7))


def new_number():
    """A valid number that no test of this process has used."""
    return "+1415%07d" % (2000000 + next(_numbers))


def digits(text):
    """The code in a text."""
    found = re.findall(r"\d{4,10}", text)
    if len(found) != 1:
        raise AssertionError("not exactly one code in " + text)
    return found[0]


def tag_of(code, number, purpose, tenant, keys=HASH_KEYS):
    """The stored tag of a code, as docs/codes.md says."""
    key = bytes.fromhex(keys.split(",")[0].split(":")[1])
    fields = ["otp-hash/1", tenant, number, purpose, code]
    data = b"".join(len(f.encode()).to_bytes(4, "big") + f.encode() for f in fields)
    return hmac.new(key, data, hashlib.sha256).digest()


class Worker:
    """One otp-worker process. Its log lines are kept as objects in `log`."""

    def __init__(self, settings, flags=()):
        self.process = subprocess.Popen(
            [program("otp-worker"), *flags],
            env=environment(settings),
            cwd=ROOT,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
        )
        self.log = []
        self.text = ""
        self.changed = threading.Condition()
        self.reader = threading.Thread(target=self._read, daemon=True)
        self.reader.start()

    def _read(self):
        for raw in self.process.stderr:
            with self.changed:
                self.text += raw.decode(errors="replace")
                try:
                    self.log.append(json.loads(raw))
                except ValueError:
                    pass
                self.changed.notify_all()
        with self.changed:
            self.log.append({"event": "end of log"})
            self.changed.notify_all()

    def await_line(self, event, limit=PATIENCE, after=0, **fields):
        """The first log line of that event, after so many lines, whose fields hold these words."""

        def found():
            for line in self.log[after:]:
                if line["event"] == event and all(word in str(line.get(name)) for name, word in fields.items()):
                    return line
                if line["event"] == "end of log":
                    raise AssertionError(f"otp-worker ended before it said {event}: " + self.text)
            return None

        with self.changed:
            line = self.changed.wait_for(found, limit)
        if not line:
            raise AssertionError(f"otp-worker never said {event} {fields}: " + self.text)
        return line

    @property
    def url(self):
        return "http://" + self.await_line("listening")["address"]

    def get(self, path):
        """Status and text."""
        try:
            with urllib.request.urlopen(self.url + path, timeout=PATIENCE) as answer:
                return answer.status, answer.read().decode()
        except urllib.error.HTTPError as error:
            with error:
                return error.code, error.read().decode()

    def is_ready(self):
        return self.get("/readyz")[0] == 200

    def metric(self, name, **labels):
        """The sum of the series with these labels."""
        total = 0.0
        for line in self.get("/metrics")[1].splitlines():
            if re.match(name + r"[{ ]", line) and all(f'{k}="{v}"' in line for k, v in labels.items()):
                total += float(line.rsplit(" ", 1)[1])
        return total

    def ask_to_stop(self):
        self.process.send_signal(signal.SIGTERM)

    def wait(self, limit=PATIENCE):
        """The exit code."""
        code = self.process.wait(limit)
        self.reader.join(PATIENCE)
        return code

    def stop(self):
        self.ask_to_stop()
        return self.wait()

    def kill(self):
        """As kill -9."""
        self.process.kill()
        self.process.wait()

    def end(self):
        """Whatever state it is in."""
        if self.process.poll() is None:
            self.process.kill()
        self.process.wait()
        self.reader.join(PATIENCE)
        self.process.stderr.close()
        self.process.stdout.close()


class Broker:
    """A vhost of its own, and what a producer and a listener do there."""

    def __init__(self):
        self.name = "test-" + uuid.uuid4().hex[:12]
        self.url = with_path(need("AMQP_URL"), self.name)
        self.tls_url = with_path(need("AMQPS_URL"), self.name)
        user = urllib.parse.urlsplit(self.url).username
        self.manage("PUT", f"/vhosts/{self.name}")
        everything = {"configure": ".*", "write": ".*", "read": ".*"}
        self.manage("PUT", f"/permissions/{self.name}/{user}", everything)
        self.seen = []
        self.connection = None
        self.connect()

    def connect(self):
        """Also anew, after the broker was away or the channel was closed."""
        if self.connection is not None and self.connection.is_open:
            with contextlib.suppress(pika.exceptions.AMQPError):
                self.connection.close()
        parameters = pika.URLParameters(self.url)
        parameters.heartbeat = 0  # nobody serves it between two calls
        self.connection = pika.BlockingConnection(parameters)
        self.channel = self.connection.channel()
        self.channel.confirm_delivery()

    def manage(self, method, path, body=None):
        url = urllib.parse.urlsplit(need("RABBITMQ_MANAGEMENT_URL"))
        login = urllib.request.HTTPPasswordMgrWithDefaultRealm()
        base = f"http://{url.hostname}:{url.port}"
        login.add_password(None, base, url.username, url.password)
        opener = urllib.request.build_opener(
            urllib.request.ProxyHandler({}), urllib.request.HTTPBasicAuthHandler(login)
        )
        data = None if body is None else json.dumps(body).encode()
        headers = {"Content-Type": "application/json"}
        request = urllib.request.Request(base + "/api" + path, data, headers, method=method)
        with opener.open(request, timeout=PATIENCE) as answer:
            text = answer.read()
            return json.loads(text) if text else None

    def listen(self):
        """From now on `events` knows what is told on otp.events."""
        self.listening = self.channel.queue_declare("", exclusive=True).method.queue
        self.channel.queue_bind(self.listening, "otp.events", "#")

    def events(self, request_id=None):
        """All that were told: objects with routing key and headers beside the body."""
        for method, properties, body in self.drain(self.listening):
            event = json.loads(body)
            event["routing_key"] = method.routing_key
            event["headers"] = properties.headers or {}
            self.seen.append(event)
        return [e for e in self.seen if request_id in (None, e.get("request_id"))]

    def drain(self, name):
        """What lies on a queue; it is taken away."""
        taken = []
        while True:
            method, properties, body = self.channel.basic_get(name, auto_ack=True)
            if method is None:
                return taken
            taken.append((method, properties, body))

    def depth(self, name):
        """Messages that are ready."""
        return self.channel.queue_declare(name, passive=True).method.message_count

    def counts(self):
        """(ready, unacknowledged) of each queue, as the broker's statistics have it: some seconds late."""
        queues = self.manage("GET", f"/queues/{self.name}")
        return {q["name"]: (q.get("messages_ready"), q.get("messages_unacknowledged")) for q in queues}

    def publish(self, body, headers=None, routing_key="send", **properties):
        if isinstance(body, dict):
            properties.setdefault("content_type", "application/json")
            properties.setdefault("type", "send-otp")
            properties.setdefault("message_id", body.get("request_id"))
            body = json.dumps(body)
        if isinstance(body, str):
            body = body.encode()
        what = pika.BasicProperties(delivery_mode=2, headers=headers, **properties)
        self.channel.basic_publish("otp", routing_key, body, what, mandatory=True)

    def close(self):
        if self.connection.is_open:
            self.connection.close()
        self.manage("DELETE", f"/vhosts/{self.name}")


class Database:
    """A database of its own, with every migration applied."""

    def __init__(self):
        self.name = "otp_test_" + uuid.uuid4().hex[:12]
        self._on_server(f'create database "{self.name}"')
        self.url = with_path(need("DATABASE_URL"), self.name)
        self.worker_url = with_path(need("WORKER_DATABASE_URL"), self.name)
        run_otpctl(["migrate", "--folder", os.path.join(ROOT, "migrations")], {"DATABASE_URL": self.url})
        self.connection = None
        self.connect()

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
        self._on_server(f'drop database "{self.name}" with (force)')


def run_otpctl(words, settings):
    done = subprocess.run(
        [program("otpctl"), *words], env=environment(settings), cwd=ROOT, capture_output=True, timeout=PATIENCE
    )
    if done.returncode != 0:
        raise RuntimeError(f"otpctl {words[0]}: " + done.stderr.decode())
    return done.stdout.decode()


class StackTest(unittest.TestCase):
    """`settings` go to the workers, `sandbox_settings` to the sandbox, over the usual ones."""

    settings = {}
    sandbox_settings = {}
    workers_at_start = 1

    @classmethod
    def setUpClass(cls):
        cls.database = Database()
        cls.addClassCleanup(cls.database.close)
        cls.broker = Broker()
        cls.addClassCleanup(cls.broker.close)
        cls.sandbox = sandbox_fixture.Sandbox(**cls.sandbox_settings)
        cls.addClassCleanup(cls.sandbox.stop)
        run_otpctl(["topology", "apply"], {"AMQP_URL": cls.broker.url})
        cls.keep_events()
        cls.workers = [cls.start_worker() for _ in range(cls.workers_at_start)]
        for worker in cls.workers:
            await_that(worker.is_ready, "the worker is ready")

    @classmethod
    def keep_events(cls):
        """From now on outcome events wait for the test, on one queue: each costs the broker as much as the jobs do."""
        cls.broker.listen()

    @classmethod
    def usual_settings(cls):
        usual = {name: value for name, value in sandbox_fixture.SETTINGS.items() if not name.startswith("SANDBOX_")}
        # A key pair besides the token, and a service besides the number, are for a client of the sandbox.
        # Verify is for those who ask for it: the others fail over between two.
        for name in ("TWILIO_API_KEY", "TWILIO_API_SECRET", "TWILIO_MESSAGING_SERVICE_SID", "TWILIO_VERIFY_SERVICE_SID"):
            del usual[name]
        base = "http://" + cls.sandbox.addresses[0]
        usual.update(
            AMQP_URL=cls.broker.url,
            DATABASE_URL=cls.database.worker_url,
            OTP_WORKER_LISTEN="127.0.0.1:0",
            OTP_CODE_KEYS=CODE_KEYS,
            OTP_HASH_KEYS=HASH_KEYS,
            OTP_RESEND_SECONDS="0",
            OTP_STARTUP_WAIT_SECONDS="30",
            TWILIO_API_URL=base,
            TWILIO_VERIFY_API_URL=base,
            GUPSHUP_API_URL=base + "/wa/api/v1/template/msg",
            GUPSHUP_SMS_API_URL=base + "/GatewayAPI/rest",
        )
        usual.update(cls.settings)
        return usual

    @classmethod
    def start_worker(cls, flags=(), **settings):
        given = cls.usual_settings()
        given.update(settings)
        worker = Worker(given, flags)
        cls.addClassCleanup(worker.end)
        return worker

    @property
    def worker(self):
        return self.workers[0]

    def job(self, to=None, **fields):
        """A good job; None leaves a field out. Its tenant is its own, so that limits see it alone."""
        job = {
            "version": 1,
            "request_id": str(uuid.uuid4()),
            "to": to or new_number(),
            "purpose": "login",
            "channel": "sms",
            "tenant": "t" + uuid.uuid4().hex[:12],
            "requested_at": now(),
        }
        job.update(fields)
        return {name: value for name, value in job.items() if value is not None}

    def send(self, to=None, headers=None, **fields):
        """Publishes a good job and returns it."""
        job = self.job(to, **fields)
        self.broker.publish(job, headers)
        return job

    def await_status(self, job, *statuses, limit=PATIENCE):
        """The delivery, once it has one of these."""
        request = job["request_id"]

        def reached():
            row = self.database.delivery(request)
            return row if row and row["status"] in statuses else None

        try:
            return await_that(reached, "", limit)
        except AssertionError:
            state = self.database.delivery(request), self.database.attempts(request)
            raise AssertionError(f"the delivery did not become {statuses}: {state}") from None

    def await_events(self, job, count=1):
        """The outcome events of that job, once there are so many."""
        request = job["request_id"]
        told = await_that(
            lambda: (lambda seen: seen if len(seen) >= count else None)(self.broker.events(request)),
            f"{count} events of {request}",
        )
        self.assertEqual(len(told), count, told)
        return told

    def texts(self, number):
        """What arrived there, oldest first."""
        return self.sandbox.inbox(to=number)[::-1]

    def await_nothing_left(self):
        """No message is ready or unacknowledged on any queue of the work."""
        names = ["otp.send", *RETRY_QUEUES]

        def empty():
            counts = self.broker.counts()
            return all(counts.get(name) == (0, 0) for name in names)

        await_that(empty, "nothing is left on the queues", pause=0.5)

    def assert_code_matches(self, job):
        """The digits that were texted are those whose tag is stored."""
        row = self.database.verification(job["request_id"])
        for text in self.texts(job["to"]):
            tag = tag_of(digits(text["text"]), job["to"], job.get("purpose", "default"), job.get("tenant", "default"))
            self.assertEqual(bytes(row["tag"]), tag)
