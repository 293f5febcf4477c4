"""Jobs by the thousand while faults drawn from a seed come over them; then what came of every one. scripts/soak is the way in."""

import argparse
import collections
import contextlib
import heapq
import os
import random
import signal
import sys
import threading
import time
from datetime import datetime

import pika.exceptions
import psycopg2

import soak_schedule

CHUNK = 1000  # jobs published in one go
MOST_AHEAD = 20000  # published and not ended: with more, the last would wait for most of their code's life
FAILURES = "0.02"  # share of the provider's answers that are errors
# Seconds of a job's life. Where both providers' answers were lost, a doubt is held for so long.
LIFE, SHORT_LIFE = 180, 60
SAY_EVERY = 15
LOOK_EVERY = 2  # seconds between two looks at the inbox


def arguments():
    parser = argparse.ArgumentParser(prog="scripts/soak", description=__doc__)
    parser.add_argument("--jobs", type=int, default=20000, help="how many (20000)")
    parser.add_argument("--workers", type=int, default=3, help="how many (3)")
    parser.add_argument("--seed", type=int, default=random.SystemRandom().randrange(10**6), help="of the faults (drawn)")
    parser.add_argument("--minutes", type=float, default=20, help="after so many, nothing more is published (20)")
    parser.add_argument("--cut", type=float, default=5, metavar="PERCENT", help="of the answers, cut after the provider took the text (5)")
    parser.add_argument("--rate", type=int, default=0, help="jobs a second; 0: as a backlog, as many as may wait (0)")
    parser.add_argument("--backlog", type=int, metavar="N", help="instead: a worker's memory over a backlog of so many jobs")
    given = parser.parse_args()
    for name in ("jobs", "workers", "minutes"):
        if getattr(given, name) <= 0:
            parser.error(f"--{name} must be greater than 0")
    if not 0 <= given.cut <= 50:
        parser.error("--cut must be 0 to 50 percent")
    if given.jobs > 900000 or not 1000 <= (1000 if given.backlog is None else given.backlog) <= 1000000:
        parser.error("--jobs may be at most 900000, --backlog 1000 to 1000000")
    return given


def soak_class():
    """The test harness reads its settings when it is imported, so that is done when they are known."""
    from fault_test import FaultTest  # pylint: disable=import-outside-toplevel
    from sandbox_fixture import TOKEN
    from soak_audit import DOUBTS as DOUBTS_SQL
    from soak_audit import JOBS, Text, is_clean, judge, per_hundred_thousand, table
    from broker import RETRY_QUEUES
    from programs import await_that, free_port
    from verify_service import Verify
    from worker_receipts_test import SECRET

    class Soak(FaultTest):
        """Every second worker asks for receipts, so that some doubts are settled by them and some by looking up."""

        private = True
        proxied = ("amqp", "postgres", "twilio")
        workers_at_start = 0
        settings = {"OTP_CONCURRENCY": "128"}

        @classmethod
        def bring_up(cls, given):
            cls.given = given
            cls.port = free_port()
            cls.public = f"http://127.0.0.1:{cls.port}"
            cls.sandbox_settings = {
                "SANDBOX_LATENCY_MS": "10", "SANDBOX_FAILURE_RATE": FAILURES, "SANDBOX_DOUBT_RATE": str(given.cut / 100),
                "SANDBOX_INBOX": str(3 * given.jobs), "OTP_CALLBACK_URL": cls.public, "GUPSHUP_WEBHOOK_SECRET": SECRET,
            }
            cls.setUpClass()
            cls.start_verify()
            cls.addClassCleanup(lambda: cls.verify.kill())
            cls.workers.extend(cls.start_numbered(place) for place in range(given.workers))
            for worker in cls.workers:
                await_that(worker.is_ready, "the worker is ready")

        @classmethod
        def start_verify(cls):
            cls.verify = Verify(
                cls.database, cls.broker.url, OTP_LISTEN=f"127.0.0.1:{cls.port}", OTP_CALLBACK_URL=cls.public,
                TWILIO_AUTH_TOKEN=TOKEN, GUPSHUP_WEBHOOK_SECRET=SECRET,
            )

        @classmethod
        def start_numbered(cls, place):
            return cls.start_worker(**({"OTP_CALLBACK_URL": cls.public} if place % 2 == 0 else {}))

        def runTest(self):
            self.broker_is_up = threading.Lock()
            self.texts = collections.defaultdict(list)
            self.last_text = ""
            self.later = []  # (moment, number, what to do)
            self.ended = self.fallen = 0
            self.met = collections.Counter()
            self.life = LIFE if self.given.jobs >= soak_schedule.SHORT else SHORT_LIFE
            self.publish_failure = None
            began = time.monotonic()
            publisher = threading.Thread(target=self.publish, args=(began + 60 * self.given.minutes,), daemon=True)
            publisher.start()
            self.break_things(publisher)
            took = time.monotonic() - began
            print(f"{self.ended} of {self.count} ended in {took:.0f} s; faults: {dict(self.met)}", flush=True)
            self.clean = self.judge()

        # Jobs.

        def publish(self, until):
            began = time.monotonic()
            try:
                while self.count < self.given.jobs and time.monotonic() < until:
                    due = self.given.rate * (time.monotonic() - began) if self.given.rate else self.ended + MOST_AHEAD
                    if self.count > due or self.count > self.ended + MOST_AHEAD:
                        time.sleep(0.05)
                        continue
                    with self.broker_is_up:
                        self.enqueue(min(CHUNK, self.given.jobs - self.count), "--ttl", str(self.life))
            except Exception as failure:  # told by the thread that judges
                self.publish_failure = failure

        def look(self):
            """How many jobs have ended; what it was where the database is away."""
            try:
                self.ended = self.done()
            except psycopg2.Error:
                with contextlib.suppress(psycopg2.Error):
                    self.database.connect()

        def collect_texts(self):
            entries = self.sandbox.inbox(after=self.last_text) if self.last_text else self.sandbox.inbox()
            for entry in entries:
                at = datetime.fromisoformat(entry["at"].replace("Z", "+00:00"))
                self.texts[entry["to"]].append(Text(entry["provider"], at, entry["text"]))
            if entries:
                self.last_text = entries[0]["message_id"]

        # Faults.

        def break_things(self, publisher):
            faults = collections.deque(soak_schedule.draw(self.given.seed, self.given.jobs, self.given.workers))
            moved_at, seen, collected = time.monotonic(), 0, 0
            said_at = began = time.monotonic()
            while publisher.is_alive() or self.ended < self.count:
                while faults and faults[0].at <= self.ended / self.given.jobs:
                    self.inject(faults.popleft())
                self.do_what_is_due(time.monotonic())
                self.replace_the_fallen()
                now = time.monotonic()
                self.look()
                if self.ended != seen:
                    seen, moved_at = self.ended, now
                if now - said_at > SAY_EVERY:
                    print(f"{self.ended} of {self.count} ended after {now - began:.0f} s", flush=True)
                    said_at = now
                    if now - moved_at > SAY_EVERY:
                        self.say_what_is_stuck()
                if now - moved_at > self.life + 60:
                    print(f"nothing ended for {self.life + 60} s: {self.count - self.ended} jobs are given up", flush=True)
                    break
                if now - collected > LOOK_EVERY:
                    self.collect_texts()
                    collected = now
                time.sleep(0.1)
            if self.publish_failure:
                raise self.publish_failure
            self.do_what_is_due(float("inf"))

        def say_what_is_stuck(self):
            with contextlib.suppress(psycopg2.Error, pika.exceptions.AMQPError):
                rows = self.database.rows(
                    "select d.status, a.state, a.provider, count(*), max(a.lease_until - now())::text as lease from otp.delivery d "
                    "left join otp.delivery_attempt a on a.request_id = d.request_id and a.attempt = d.attempts "
                    "where d.tenant = %s and d.finished_at is null and d.status in ('queued', 'sending') group by 1, 2, 3", self.tenant
                )
                depths = {name: self.broker.depth(name) for name in ("otp.send", *RETRY_QUEUES)}
                print(f"stuck: {rows}; ready on {depths}; workers ready {[w.is_ready() for w in self.workers]}", flush=True)

        def replace_the_fallen(self):
            """Nothing but kill -9 may end a worker."""
            for place, worker in enumerate(self.workers):
                if worker.process.poll() is not None:
                    print(f"worker {place + 1} ended by itself, code {worker.wait()}: {worker.text[-2000:]}", flush=True)
                    self.fallen += 1
                    self.workers[place] = self.start_numbered(place)

        def do_what_is_due(self, moment):
            while self.later and self.later[0][0] <= moment:
                heapq.heappop(self.later)[2]()

        def do_later(self, seconds, what):
            heapq.heappush(self.later, (time.monotonic() + seconds, sum(self.met.values()), what))

        def inject(self, fault):
            print(fault, flush=True)
            self.met[fault.kind] += 1
            kind, _, rest = fault.kind.partition(" ")
            if kind == "cut":
                self.proxies[rest].cut()
            elif kind == "restart":
                getattr(self, "restart_" + rest)(fault)
            else:
                getattr(self, fault.kind.replace(" ", "_"))(fault)

        def kill_worker(self, fault):
            self.workers[fault.worker].kill()
            self.workers[fault.worker] = self.start_numbered(fault.worker)

        def suspend_worker(self, fault):
            process = self.workers[fault.worker].process
            process.send_signal(signal.SIGSTOP)
            self.do_later(fault.seconds, lambda: process.send_signal(signal.SIGCONT))

        def terminate_database_sessions(self, _):
            with contextlib.suppress(psycopg2.Error):
                self.database.rows(
                    "select pg_terminate_backend(pid) from pg_stat_activity where datname = current_database() and pid <> pg_backend_pid()"
                )

        def verify_away(self, fault):
            if self.verify.process.poll() is None:
                self.verify.kill()
                self.do_later(fault.seconds, self.start_verify)

        def restart_postgres(self, fault):
            (self.servers.stop if fault.gently else self.servers.kill)("postgres")
            self.servers.start("postgres")

        def restart_rabbitmq(self, _):
            with self.broker_is_up:
                self.servers.kill("rabbitmq")
                self.servers.start("rabbitmq")
                self.broker.connect()

        # Judgement.

        def judge(self):
            self.database.connect()
            self.broker.connect()
            names = ["otp.send", *RETRY_QUEUES]
            with contextlib.suppress(AssertionError):
                await_that(lambda: all(self.broker.counts().get(name) == (0, 0) for name in names), "", 30, 1)
            left = sum(sum(pair) for name, pair in self.broker.counts().items() if name in names)
            jobs = self.database.rows(JOBS, self.tenant)
            told = self.all_told({job["request_id"] for job in jobs})
            doubts = self.database.rows(DOUBTS_SQL, self.tenant)
            self.collect_texts()
            found = judge(self.tenant, jobs, doubts, self.texts, told, self.count)
            found.update(left=left, dead=self.broker.depth("otp.dead"), fallen=self.fallen)
            print(table(found), flush=True)
            conditions = f"{self.given.cut:g} % of answers cut after acceptance, {self.met['kill worker']} workers killed, seed {self.given.seed}"
            print(per_hundred_thousand(found, conditions), flush=True)
            return is_clean(found)

        def all_told(self, wanted):
            """Those of which an end was told, once all were or none has come for a while: the sweep tells again after 10 s."""
            told, came_at = set(), time.monotonic()
            while not wanted <= told and time.monotonic() - came_at < 45:
                self.broker.seen.clear()
                self.take_events()
                if self.broker.seen:
                    told.update(event["request_id"] for event in self.broker.seen)
                    came_at = time.monotonic()
            return told

    return Soak


def main():
    given = arguments()
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    signal.signal(signal.SIGHUP, lambda *_: sys.exit(129))
    os.environ["OTP_TEST_SEED"], os.environ["OTP_TEST_JOBS"] = str(given.seed), str(given.backlog or given.jobs)
    if given.backlog:
        import soak_memory  # pylint: disable=import-outside-toplevel

        return soak_memory.run()
    print(f"scripts/soak --seed {given.seed} --jobs {given.jobs} --workers {given.workers} --cut {given.cut:g} --rate {given.rate}", flush=True)
    soak = soak_class()
    try:
        soak.bring_up(given)
        one = soak()
        one.setUp()
        one.runTest()
        return 0 if one.clean else 1
    finally:
        signal.signal(signal.SIGINT, signal.SIG_IGN)  # what was begun is taken down, whatever the haste
        signal.signal(signal.SIGTERM, signal.SIG_IGN)
        soak.doClassCleanups()
        for _, failure, _ in soak.tearDown_exceptions:
            print(f"taking down: {failure}", file=sys.stderr)


if __name__ == "__main__":
    sys.exit(main())
