"""Workers are killed at random moments while jobs run. No job is lost, none is sent twice by one provider, every code that was
texted is the one that is stored, and otp-verify approves it, once: of a sample of the jobs (400) in a run of up to 2000, else of all.

OTP_TEST_SEED repeats a run's choices, OTP_TEST_JOBS says how many jobs there are (2000)."""

import collections
import concurrent.futures
import contextlib
import hashlib
import json
import os
import random
import secrets
import time
import unittest

from database import DOUBTS
from jobs import HASH_KEYS, digits, tag_of
from programs import await_that, run_otpctl
from stack import StackTest
from verify_service import Verify

JOBS = int(os.environ.get("OTP_TEST_JOBS", "2000"))
SEED = int(os.environ.get("OTP_TEST_SEED", random.SystemRandom().randrange(10**6)))
KILLS = 4
CHECKS = 400 if JOBS <= 2000 else JOBS
CONNECTIONS = 8
FIRST_NUMBER = "+14155000000"
FINAL = ("sent", "failed", "expired", "rejected", "canceled", "delivered", "undelivered")


class Kill(StackTest):
    workers_at_start = 2
    settings = {"OTP_CONCURRENCY": "64"}
    sandbox_settings = {"SANDBOX_LATENCY_MS": "30"}

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.key = secrets.token_urlsafe(24)
        cls.database.rows("select otp.create_api_key(%s, 'acme', '{check}')", hashlib.sha256(cls.key.encode()).digest())
        cls.verify = Verify(cls.database, cls.broker.url, OTP_HASH_KEYS=HASH_KEYS)
        cls.addClassCleanup(cls.verify.kill)

    def count(self, where, table="delivery"):
        return self.database.one(f"select count(*) from otp.{table} where {where}")

    def places_in_flight(self):
        """Which workers have jobs in flight; on a busy machine one may not have started yet. An owner is host:pid:…"""
        owners = self.database.rows("select distinct split_part(owner, ':', 2)::int as pid from otp.delivery_attempt where state = 'started'")
        pids = {row["pid"] for row in owners}
        return [place for place, worker in enumerate(self.workers) if worker.process.pid in pids]

    def test_no_job_is_lost_and_none_is_sent_twice_by_one_provider(self):
        print(f"OTP_TEST_SEED={SEED} OTP_TEST_JOBS={JOBS}", flush=True)
        choose = random.Random(SEED)
        marks = sorted(choose.uniform(0.02, 0.85) for _ in range(KILLS))
        run_otpctl(
            ["enqueue", "--to-range", FIRST_NUMBER, "--count", str(JOBS), "--purpose", "login", "--tenant", "acme"],
            {"AMQP_URL": self.broker.url},
        )
        for kill, mark in enumerate(marks):
            await_that(lambda m=mark: self.count(f"status in {FINAL}") >= JOBS * m, f"{mark:.0%} are done", limit=300)
            victim = choose.choice(await_that(self.places_in_flight, "a job is in flight"))
            time.sleep(choose.uniform(0, 0.02))  # any instruction may be the last
            self.workers[victim].kill()
            if kill < 3:
                self.workers[victim] = self.start_worker()

        # Leases end, doubts are settled. What both providers left in doubt ends with its code's life, when no code is good any more.
        doubts = "(select count(*) from otp.delivery_attempt a where a.request_id = delivery.request_id and a.state = 'in_doubt')"
        await_that(
            lambda: self.count("true") == JOBS and self.count(f"status not in {FINAL} and {doubts} < 2") == 0,
            "every job is final, or in doubt twice",
            limit=300,
        )
        self.assert_texted_codes_verify(choose)
        await_that(
            lambda: self.count(f"status in {FINAL}") == JOBS and self.count(f"status not in {FINAL}") == 0,
            "every job is final",
            limit=300,
        )
        self.assert_every_job_is_accounted_for()
        self.await_nothing_left()
        self.assertEqual(self.broker.depth("otp.dead"), 0)
        told = {event["request_id"] for event in self.broker.events() if event["event"].startswith("delivery.")}
        self.assertEqual(len(told), JOBS, "a final event for each job")

    def check(self, numbers, codes):
        """What otp-verify says of the code of each, over several connections at once."""

        def ask(some):
            head = {"Content-Type": "application/json", "Authorization": "Bearer " + self.key}
            with contextlib.closing(self.verify.connection()) as connection:
                for number in some:
                    body = json.dumps({"to": number, "code": codes[number], "purpose": "login"})
                    connection.request("POST", "/v1/check", body, head)
                    answer = connection.getresponse()
                    yield number, answer.status, json.loads(answer.read())

        with concurrent.futures.ThreadPoolExecutor(CONNECTIONS) as several:
            shares = several.map(lambda i: list(ask(numbers[i::CONNECTIONS])), range(CONNECTIONS))
            return [one for share in shares for one in share]

    def assert_texted_codes_verify(self, choose):
        """The texts that followed a doubt are all in the sample: there a wrong code would come from."""
        codes = {text["to"]: digits(text["text"]) for text in self.sandbox.inbox()}
        rows = self.database.rows(
            f"select d.number, {DOUBTS} > 0 as doubted from otp.delivery d where d.status = 'sent' order by d.number"
        )
        doubted = [row["number"] for row in rows if row["doubted"]]
        plain = [row["number"] for row in rows if not row["doubted"]]
        wanted = min(CHECKS, len(rows))
        sample = doubted + choose.sample(plain, max(0, min(len(plain), wanted - len(doubted))))
        self.assertGreaterEqual(len(sample), 0.95 * min(CHECKS, JOBS), "too few jobs were sent to check their codes")

        begun = time.monotonic()
        for number, status, answer in self.check(sample, codes):
            self.assertEqual((status, answer.get("status"), answer.get("valid")), (200, "approved", True), (number, answer))
        spent = time.monotonic() - begun
        self.assertEqual(self.database.one("select count(*) from otp.verification where status = 'approved'"), len(sample))
        for number, status, answer in self.check(sample[:100], codes):
            self.assertEqual((status, answer.get("code")), (404, "not_found"), "a code is used once")
        print(f"otp-verify approved {len(sample)} of {len(rows)} texted codes, {len(doubted)} of them after a doubt, in {spent:.1f} s",
              flush=True)

    def assert_every_job_is_accounted_for(self):
        texts = collections.defaultdict(list)
        for text in self.sandbox.inbox():
            texts[text["to"]].append(text)
        rows = self.database.rows(
            f"select d.number, d.status, d.reason, v.tag, {DOUBTS} as doubts "
            "from otp.delivery d join otp.verification v on v.id = d.verification_id"
        )
        self.assertEqual(len(rows), JOBS)
        self.assertEqual(len({row["number"] for row in rows}), JOBS)
        lost = doubled = doubts = untexted = 0
        for row in rows:
            mine = texts.pop(row["number"], [])
            by = collections.Counter(text["provider"] for text in mine)
            self.assertTrue(all(n == 1 for n in by.values()), f"twice by one provider: {row}, {by}")
            for text in mine:
                self.assertEqual(tag_of(digits(text["text"]), row["number"], "login", "acme"), bytes(row["tag"]))
            doubts += row["doubts"]
            doubled += len(mine) > 1
            self.assertLessEqual(len(mine), 1 + row["doubts"], row)
            if row["status"] == "sent":
                lost += not mine
            else:
                self.assertEqual((row["status"], row["reason"]), ("expired", "in_doubt"), row)
                untexted += not mine
        print(f"jobs {len(rows)}, lost {lost}, texted by two providers {doubled}, attempts in doubt {doubts}, "
              f"ended in doubt without a text {untexted}", flush=True)
        self.assertEqual(lost, 0)
        self.assertEqual(dict(texts), {}, "texts to numbers of no job")
        self.assertGreater(doubts, 0, "no kill hit a job in flight: the test proves nothing")


if __name__ == "__main__":
    unittest.main()
