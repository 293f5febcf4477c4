"""No worker ran for a while and jobs gathered. What waited too long is settled without a text, soon enough that fresh jobs do not
wait for it. OTP_TEST_JOBS says how many are stale; with 100000 on release programs this measures."""

import collections
import json
import os
import signal
import sys
import time
import uuid
from datetime import datetime, timedelta

import pika

from fault_test import FaultTest, main
from jobs import HASH_KEYS, now
from programs import ROOT, await_that, run_otpctl

sys.path.insert(0, os.path.join(ROOT, "tests", "system"))
from verify_service import Verify  # noqa: E402

TTL = 300  # seconds, of every job here
LEAST_LIFE = 30
TAKEN = timedelta(seconds=0.5)  # from the database's word to the provider's note of the text, on a busy machine


class BacklogTest(FaultTest):
    jobs = int(os.environ.get("OTP_TEST_JOBS", "10000"))
    workers_at_start = 0
    settings = {"OTP_CONCURRENCY": "512"}
    sandbox_settings = {}

    def setUp(self):
        super().setUp()
        # Without confirms, which would take a round for each; closed at the end, because the broker may drop what a channel that is
        # closed has not yet handed on.
        self.quick = self.broker.connection.channel()
        self.addCleanup(self.quick.close)

    def publish_many(self, count, age, kind):
        """Jobs that were asked for `age(place)` seconds ago, as objects with `kind`."""
        made = []
        properties = {"delivery_mode": 2, "content_type": "application/json", "type": "send-otp"}
        for place in range(count):
            to = f"+{10**10 + self.first + self.count}"
            self.count += 1
            job = self.job(to, tenant=self.tenant, requested_at=now(-age(place)), ttl_seconds=TTL)
            made.append({**job, "kind": kind})
            what = pika.BasicProperties(message_id=job["request_id"], **properties)
            self.quick.basic_publish("otp", "send", json.dumps(job).encode(), what)
        return made

    def run_worker(self, count=1):
        new = [self.start_worker() for _ in range(count)]
        self.workers.extend(new)
        for worker in new:
            self.addCleanup(self.workers.remove, worker)
            self.addCleanup(worker.stop)

    def ends(self):
        """Status and reason by request id."""
        rows = self.database.rows("select request_id::text, status, reason from otp.delivery where tenant = %s", self.tenant)
        return {row["request_id"]: (row["status"], row["reason"]) for row in rows}

    def texts_by_number(self):
        seen = collections.defaultdict(list)
        for text in self.sandbox.inbox():
            seen[text["to"]].append(datetime.fromisoformat(text["at"].replace("Z", "+00:00")))
        return seen


class Stale(BacklogTest):
    def test_stale_jobs_are_expired_and_told_and_fresh_ones_served(self):
        fresh = max(200, self.jobs // 100)
        made = self.publish_many(self.jobs, lambda _: 600, "stale")
        made += self.publish_many(200, lambda place: TTL - LEAST_LIFE - 15 + place / 10, "nearly")
        made += self.publish_many(fresh, lambda _: 0, "fresh")
        await_that(lambda: self.broker.depth("otp.send") >= len(made), "all wait", 120, 0.5)
        self.assertEqual(self.broker.depth("otp.send"), len(made))
        self.run_worker(int(os.environ.get("OTP_TEST_WORKERS", "1")))
        # Each look counts all rows, which would take from what is measured.
        await_that(lambda: self.done() >= self.jobs, "the stale ones are settled", 300, 1)
        print(f"stale jobs settled: {self.rate():.0f} a second", flush=True)
        self.serve_at_once()
        await_that(lambda: self.done() >= len(made), "all have ended", 120)
        self.check(made)

    def rate(self):
        """Stale jobs a second, from the first end that was stored to the last."""
        return self.database.one(
            """select count(*) / extract(epoch from max(finished_at) - min(finished_at)) from otp.delivery
                where tenant = %s and status = 'expired'""",
            self.tenant,
        )

    def serve_at_once(self):
        """Fresh jobs that are published once the stale ones are settled are all texted. How soon is printed, to be read on a quiet
        machine: 2 s at p99 are asked for."""
        made = self.publish_paced(300)
        await_that(lambda: self.done() >= self.count, "they have ended", 60)
        seen = self.texts_by_number()
        for job in made:
            self.assertEqual(len(seen[job["to"]]), 1, job)
        waited = sorted((seen[job["to"]][0] - job["at"]).total_seconds() for job in made)
        p99 = waited[-(-99 * len(waited) // 100) - 1]
        print(f"fresh jobs after the stale ones: p50 {waited[len(waited) // 2]:.3f} s, p99 {p99:.3f} s", flush=True)

    def publish_paced(self, count):
        made = []
        for _ in range(count):
            job = self.publish_many(1, lambda _: 0, "fresh")[0]
            made.append({**job, "at": datetime.fromisoformat(job["requested_at"].replace("Z", "+00:00"))})
            time.sleep(0.01)
        return made

    def all_told(self, wanted):
        """Ends by request id, once all were told or none has come for 20 s."""
        told, came_at = collections.defaultdict(set), time.monotonic()
        while not wanted <= told.keys() and time.monotonic() - came_at < 20:
            self.broker.seen.clear()
            self.take_events()
            for event in self.broker.seen:
                told[event["request_id"]].add(event["event"].split(".")[1])
                came_at = time.monotonic()
        self.assertEqual(len(wanted - told.keys()), 0, "ends that no event told")
        return told

    def check(self, made):
        ends, seen = self.ends(), self.texts_by_number()
        told = self.all_told({job["request_id"] for job in made})
        found = collections.Counter()
        for job in made:
            texts, end = seen[job["to"]], ends[job["request_id"]]
            dies = datetime.fromisoformat(job["requested_at"].replace("Z", "+00:00")) + timedelta(seconds=TTL)
            for at in texts:
                self.assertGreaterEqual(dies - at + TAKEN, timedelta(seconds=LEAST_LIFE), job)
            texted = end == ("sent", None)
            self.assertEqual(len(texts), int(texted), job)
            self.assertEqual(told[job["request_id"]], {end[0]}, job)
            if job["kind"] != "nearly":
                self.assertEqual(end, ("sent", None) if job["kind"] == "fresh" else ("expired", "expired"), job)
            else:
                self.assertIn(end, (("sent", None), ("expired", "expired")), job)
            found[f"{job['kind']} {end[0]}"] += 1
        print(dict(found), flush=True)
        self.await_queues_empty()


class Superseded(BacklogTest):
    """A person who did not get a code asks again: of all that waited only the newest request is texted."""

    def test_over_http_only_the_newest_of_each_number_is_texted(self):
        verify = Verify(self.database, self.broker.url, OTP_HASH_KEYS=HASH_KEYS, OTP_RESEND_SECONDS="0")
        self.addCleanup(verify.kill)
        words = ["apikey", "create", "--tenant", self.tenant, "--scopes", "send,check,read"]
        key = run_otpctl(words, {"DATABASE_URL": self.database.url}).strip().splitlines()[-1]
        newest = {}
        for _ in range(3):
            for place in range(40):
                to = f"+{10**10 + self.first + place}"
                body = {"to": to, "purpose": "login", "channel": "sms", "request_id": str(uuid.uuid4())}
                answer = verify.call("POST", "/v1/verifications", body, key)
                self.assertEqual(answer.status, 202, vars(answer))
                newest[to] = body["request_id"]
        await_that(lambda: self.broker.depth("otp.send") == 120, "all wait")
        self.run_worker()
        self.assert_only_these_are_texted(newest, 120)

    def test_over_amqp_no_request_is_begun_once_a_newer_one_was(self):
        """An older one that a batch held before the newer was read is texted; what is left waiting behind it is not."""
        newest = {}
        self.run_worker()
        await_that(self.worker.is_ready, "the worker is ready")
        self.worker.process.send_signal(signal.SIGSTOP)
        try:
            for turn in range(3):
                self.count = 0
                for job in self.publish_many(10, lambda _, at=turn: 20 - at, "fresh"):
                    newest[job["to"]] = job["request_id"]
            await_that(lambda: self.broker.depth("otp.send") == 0, "all are on their way to the worker")
        finally:
            self.worker.process.send_signal(signal.SIGCONT)
        self.count = 30
        self.await_done(1)
        ends = self.ends()
        self.assertLessEqual(set(ends.values()), {("sent", None), ("canceled", "superseded")})
        self.assertEqual({ends[request] for request in newest.values()}, {("sent", None)})
        behind = self.database.rows(
            """select o.request_id::text from otp.delivery o join otp.delivery_attempt a on a.request_id = o.request_id
                 join otp.delivery n on n.number = o.number and n.tenant = o.tenant and n.requested_at > o.requested_at
                 join otp.delivery_attempt b on b.request_id = n.request_id
                where o.tenant = %s and a.started_at >= b.started_at""",
            self.tenant,
        )
        self.assertEqual(behind, [], "begun after a newer request of the same verification")
        print(f"of 20 older requests over AMQP {sum(end[0] == 'canceled' for end in ends.values())} were superseded", flush=True)

    def assert_only_these_are_texted(self, newest, count):
        self.count = count
        self.await_done(1)
        ends, seen = self.ends(), self.texts_by_number()
        superseded = {request: end for request, end in ends.items() if request not in newest.values()}
        self.assertEqual(set(superseded.values()), {("canceled", "superseded")})
        self.assertEqual(len(superseded), count - len(newest))
        for to, request in newest.items():
            self.assertEqual((ends[request], len(seen[to])), (("sent", None), 1), to)
        self.await_told([{"request_id": request} for request in ends])
        self.await_queues_empty()


if __name__ == "__main__":
    main()
