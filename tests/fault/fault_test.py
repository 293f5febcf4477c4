"""What the tests of faults share: jobs by the thousand, a fault while they run, and an audit that counts every job and text.

OTP_TEST_SEED repeats a run's random choices, OTP_TEST_JOBS says how many jobs a case has."""

import collections
import contextlib
import json
import os
import random
import sys
import unittest
import urllib.parse
import uuid

from proxy import Proxy
from watch import Consuming
from servers import PrivateServers  # it also knows where `programs` is

from broker import RETRY_QUEUES
from database import DOUBTS
from jobs import digits, tag_of
from programs import await_that, run_otpctl
from stack import StackTest

SEED = int(os.environ.get("OTP_TEST_SEED", random.SystemRandom().randrange(10**6)))
FINAL = ("sent", "failed", "expired", "rejected", "canceled", "delivered", "undelivered")
TEXTED = ("sent", "delivered")
SETTING_OF = {
    "amqp": "AMQP_URL", "postgres": "DATABASE_URL", "twilio": "TWILIO_API_URL", "gupshup": "GUPSHUP_SMS_API_URL",
}
BACK_WITHIN = 5  # seconds from a fault's end until a worker consumes and is ready

_first_free = iter(range(4155000000, 4159800000, 200000))
_seconds_back = []  # of each fault that was watched


class FaultTest(StackTest):
    """`proxied` names what the workers reach through a proxy: of amqp, postgres, twilio and gupshup. They are in `proxies`.
    Where `private` is true, the class has servers of its own, in `servers`."""

    jobs = int(os.environ.get("OTP_TEST_JOBS", "2000"))
    proxied = ()
    private = False
    settings = {"OTP_CONCURRENCY": "64"}
    sandbox_settings = {"SANDBOX_LATENCY_MS": "20"}

    @classmethod
    def setUpClass(cls):
        print(f"OTP_TEST_SEED={SEED} OTP_TEST_JOBS={cls.jobs}", flush=True)
        cls.proxies = {}
        if cls.private:
            cls.servers = PrivateServers()
            cls.addClassCleanup(cls.servers.stop_all)
        super().setUpClass()
        cls.usual_settings()  # makes the proxies, where no worker did yet

    @classmethod
    def keep_events(cls):
        """On a queue that outlives the test's own connection, and the broker."""
        cls.broker.listening = "heard"
        cls.broker.channel.queue_declare("heard", durable=True, arguments={"x-queue-type": "quorum"})
        cls.broker.channel.queue_bind("heard", "otp.events", "delivery.#")

    @classmethod
    def usual_settings(cls):
        usual = super().usual_settings()
        for name in cls.proxied:
            url = urllib.parse.urlsplit(usual[SETTING_OF[name]])
            if name not in cls.proxies:
                cls.proxies[name] = Proxy(url.hostname, url.port)
                cls.addClassCleanup(cls.proxies[name].stop)
            login, at, _ = url.netloc.rpartition("@")
            usual[SETTING_OF[name]] = url._replace(netloc=login + at + cls.proxies[name].address).geturl()
        return usual

    @classmethod
    def tearDownClass(cls):
        # The broker's statistics come every five seconds, so what is unacknowledged is asked for once a class.
        cls.await_nothing_left(cls)

    def setUp(self):
        self.choose = random.Random(f"{SEED} {self.id()}")
        self.tenant = "t" + uuid.uuid4().hex[:12]
        self.first = next(_first_free)
        self.count = 0

    def enqueue(self, count=None, *more):
        """So many jobs more, to numbers and of a tenant that no other test has. `more` goes to otpctl."""
        count = count or self.jobs
        words = ["--to-range", f"+{10**10 + self.first + self.count}", "--count", str(count)]
        run_otpctl(["enqueue", *words, "--purpose", "login", "--tenant", self.tenant, *more], {"AMQP_URL": self.broker.url})
        self.count += count

    def done(self):
        """How many jobs have ended."""
        if all(worker.process.poll() is not None for worker in self.workers):
            raise RuntimeError("no worker lives: " + "".join(worker.text[-2000:] for worker in self.workers))
        return self.database.one(
            f"select count(*) from otp.delivery where tenant = %s and status in {FINAL}", self.tenant
        )

    def await_done(self, share, limit=120):
        await_that(lambda: self.done() >= share * self.count, f"{share:.0%} are done", limit)

    @contextlib.contextmanager
    def watch_ready(self, *workers, limit=30):
        """Around a fault: no worker (all of the class unless named) may say that it is ready while the broker knows of no
        consumer of its own, and all must be back soon after the fault ended, which is where the block ends or what is given
        calls ended()."""
        watched = Consuming(workers or self.workers, self.broker)
        self.said_before = {worker: len(worker.log) for worker in self.workers}
        try:
            yield watched
            watched.ended()
            watched.await_back(limit)
        finally:
            watched.stop()
        print(f"ready while not consuming {watched.lies:.2f} s, back after {watched.back:.2f} s", flush=True)
        _seconds_back.append(watched.back)
        self.assertEqual(watched.lies, 0, "seconds in which a worker said it is ready and did not consume")
        self.assertLess(watched.back, BACK_WITHIN, "seconds from the fault's end to consuming")

    def await_said(self, event, limit=60, **fields):
        """By the first worker, since the watch over the present fault began."""
        return self.worker.await_line(event, limit, self.said_before[self.worker], **fields)

    def audit(self, count=None, ends=(("expired", "in_doubt"),), limit=120):
        """Waits until every job is final and then holds each against what the sandbox and the broker saw. Besides being sent,
        a job may have ended by one of `ends`: status and reason. Gives the counts, which it prints."""
        count = count or self.count
        await_that(lambda: self.done() >= count, f"all {count} jobs are final", limit, pause=0.2)
        rows = self.rows_of_jobs()
        self.assertEqual(len(rows), count, "one delivery for each job")
        told = self.await_told(rows)
        seen = self.seen_texts()
        counts = collections.Counter()
        for row in rows:
            self.assertIn(row["status"], FINAL, row)
            self.assertEqual(told[row["request_id"]] - {"sent"} or {"sent"}, {row["status"]}, row)
            mine = seen.pop(row["number"], [])
            self.assert_texts_are_allowed(row, mine)
            texted = row["status"] in TEXTED
            if not texted:
                self.assertIn((row["status"], row["reason"]), ends, row)
            counts.update(jobs=1, lost=texted and not mine, doubled=len(mine) > 1, doubts=row["doubts"])
            counts[row["status"]] += 1
        print(self.id().rsplit(".", 1)[1] + ": " + ", ".join(f"{k} {v}" for k, v in counts.items()), flush=True)
        self.assertEqual(counts["lost"], 0, "jobs that count as sent and were not texted")
        self.assertEqual(dict(seen), {}, "texts to numbers of no job")
        self.await_queues_empty()
        return counts

    def rows_of_jobs(self):
        return self.database.rows(
            f"""select d.request_id::text, d.number, d.status, d.reason, d.attempts, v.tag, {DOUBTS} as doubts
                 from otp.delivery d left join otp.verification v on v.id = d.verification_id
                where d.tenant = %s""",
            self.tenant,
        )

    def await_told(self, rows):
        """Request ids with the ends that their events told: at least one of each job."""
        wanted = {row["request_id"] for row in rows}

        if not wanted:
            return {}

        def told():
            ends = collections.defaultdict(set)
            self.take_events()
            for event in self.broker.seen:
                if event["request_id"] in wanted:
                    ends[event["request_id"]].add(event["event"].split(".")[1])
            return ends if len(ends) == len(wanted) else None

        return await_that(told, "a final event for each job", pause=0.2)

    def take_events(self):
        """To `seen`, all at once: a get for each of thousands would take a round of the broker's nodes each."""
        last = None
        for method, _, body in self.broker.channel.consume("heard", inactivity_timeout=0.3):
            if method is None:
                break
            self.broker.seen.append(json.loads(body))
            last = method.delivery_tag
        if last is not None:
            self.broker.channel.basic_ack(last, multiple=True)
        self.broker.channel.cancel()

    def seen_texts(self):
        """By number, those of this test's jobs."""
        seen = collections.defaultdict(list)
        last = self.first + 100000
        for text in self.sandbox.inbox():
            if self.first <= int(text["to"]) - 10**10 < last:
                seen[text["to"]].append(text)
        return seen

    def assert_texts_are_allowed(self, row, texts):
        by = collections.Counter(text["provider"] for text in texts)
        self.assertTrue(all(n == 1 for n in by.values()), f"twice by one provider: {row}, {by}")
        self.assertLessEqual(len(texts), 1 + row["doubts"], row)
        for text in texts:
            self.assertEqual(tag_of(digits(text["text"]), row["number"], "login", self.tenant), bytes(row["tag"]))

    def await_queues_empty(self):
        names = ["otp.send", *RETRY_QUEUES]
        await_that(lambda: not any(self.broker.depth(name) for name in names), "nothing is ready on the queues")
        self.assertEqual(self.broker.depth("otp.dead"), 0, "dead letters")


def main():
    """Runs the file's tests and closes with what recovery took."""
    ran = unittest.main(module="__main__", exit=False)
    if _seconds_back:
        ordered = sorted(_seconds_back)
        p99 = ordered[max(0, -(-99 * len(ordered) // 100) - 1)]
        print(f"from a fault's end to consuming, {len(ordered)} faults: p99 {p99:.2f} s, worst {ordered[-1]:.2f} s", flush=True)
    sys.exit(not ran.result.wasSuccessful())
