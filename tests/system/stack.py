"""A database, a broker's vhost, a sandbox and workers for one class of tests, on the servers that the environment names.
All of it is gone when the class ends."""

import unittest
import uuid

import sandbox_fixture
from broker import RETRY_QUEUES, Broker
from database import Database
from jobs import CODE_KEYS, HASH_KEYS, digits, new_number, now, tag_of
from programs import PATIENCE, await_that, run_otpctl
from worker_process import Worker


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
