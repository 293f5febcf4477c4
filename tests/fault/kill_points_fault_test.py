"""The programs die at each step of a job, one after the other, and whoever comes next takes over. At the end nothing is lost and
nothing is sent twice.

OTP_TEST_POINTS names the places to die at, comma-separated, where not all are wanted."""

import contextlib
import http.client
import os
import re
import signal
import unittest
import uuid

from fault_test import FaultTest, main
from sandbox_fixture import TOKEN
from broker import RETRY_QUEUES
from jobs import digits, now, tag_of
from programs import ROOT, await_that, run_otpctl
from twilio_receipt import twilio_receipt
from verify_service import Verify

JOBS = 150  # of each death
PUBLIC = "http://127.0.0.1:9"  # where otp-verify is said to be; the sandbox's own receipts end there
NO_RECEIPT = "+19705550119"  # of Twilio's, so that the only receipts are the test's


def is_consuming(worker):
    return any(line["event"] == "consuming" for line in list(worker.log))


class AllPoints(unittest.TestCase):
    def test_every_place_to_die_at_has_its_case(self):
        found = []
        for room in ("common", "worker", "verify"):
            for folder, _, names in os.walk(os.path.join(ROOT, room)):
                for name in names:
                    if name.endswith(".cpp"):
                        with open(os.path.join(folder, name), encoding="utf-8") as source:
                            found += re.findall(r'\bkill_point\("([^"]*)"\)', source.read())
        self.assertEqual(len(found), len(set(found)), "each place has a name of its own")
        self.assertEqual(sorted({place.split()[0] for place in CASES}), sorted(found))


class Deaths(FaultTest):
    jobs = JOBS
    workers_at_start = 0

    def test_whoever_comes_next_takes_over(self):
        wanted = os.environ.get("OTP_TEST_POINTS")
        self.sent_by_http, self.bad = [], []
        self.late = set()
        for place, die in CASES.items():
            if not wanted or place.split()[0] in wanted.split(","):
                with self.subTest(place=place):
                    die(self, place.split()[0])
        self.workers = [self.start_worker() for _ in range(2)]
        for worker in self.workers:
            await_that(worker.is_ready, "a worker is ready")
        await_that(lambda: self.dead_letters() >= set(self.bad), "every dead letter", pause=0.2)
        await_that(self.all_but_hopeless_done, "every job is final, or in doubt with nobody left to ask", 120, pause=0.2)
        self.end_the_hopeless()
        counts = self.audit()
        self.assertLessEqual(self.late, {event["request_id"] for event in self.broker.seen if event["event"] == "delivery.expired"})
        self.assertLessEqual(counts["doubts"], 64 * len(CASES), "only what was in flight may be in doubt")

    def await_death(self, program, place):
        code = program.process.wait(60)
        self.assertEqual(code, -signal.SIGKILL, f"it dies at {place}: {program.log[-5:]}")

    def victim(self, place, passes=1):
        """What those before it have left may kill it before it takes anything else."""
        worker = self.start_worker(OTP_KILL_AT=f"{place}:{passes}")
        self.workers = [worker]
        await_that(lambda: worker.process.poll() is not None or is_consuming(worker), "the worker consumes")
        return worker

    # A minute after the first attempt no other is begun: on a busy machine the deaths come slowly.
    HOPELESS = """status = 'sending' and exists (select from otp.delivery_attempt a where a.request_id = delivery.request_id
        having 2 = count(*) filter (where a.state = 'in_doubt')
            or 'in_doubt' = (array_agg(a.state order by a.attempt desc))[1] and min(a.started_at) < now() - interval '60 s')"""

    def all_but_hopeless_done(self):
        statement = f"select count(*) from otp.delivery where tenant = %s and {self.HOPELESS}"
        return self.done() + self.database.one(statement, self.tenant) >= self.count

    def end_the_hopeless(self):
        """Where two died over one job, by two providers, or one and a minute has gone, nobody else may be asked: it ends with its
        life, which is now."""
        self.database.rows(f"update otp.delivery set deadline = now() where tenant = %s and {self.HOPELESS}", self.tenant)

    # How to die.

    def of_a_job(self, place):
        """With jobs in every stage: somewhere among the first 40."""
        worker = self.victim(place, self.choose.randint(1, 40))
        self.enqueue(JOBS)
        self.await_death(worker, place)

    def of_a_batch(self, place):
        worker = self.victim(place, self.choose.randint(1, 3))
        self.enqueue(JOBS)
        self.await_death(worker, place)

    def beside_another(self, place):
        """As of_a_batch, but the one that takes over runs already."""
        other = self.start_worker()
        await_that(lambda: is_consuming(other), "the other worker consumes")
        self.of_a_batch(place)
        await_that(lambda: self.broker.depth("otp.send") == 0, "the other takes what is left")
        other.kill()

    def of_a_put_back(self, place):
        """Jobs whose attempts are a dead worker's are put back: the first that this one has to publish."""
        self.leave_leases()
        before = self.delayed()
        self.await_death(self.victim(place), place)
        if place != "before_publish":
            self.assertGreater(self.delayed(), before, "it died over jobs that were put back")

    def leave_leases(self):
        worker = self.victim("after_begin")
        self.enqueue(20)
        self.await_death(worker, "after_begin")

    def delayed(self):
        return sum(self.broker.depth(name) for name in RETRY_QUEUES)

    def of_a_dead_letter(self, place):
        """Jobs of a template that nobody has are rejected, and kept on otp.dead."""
        for _ in range(3):
            job = self.job(template="nobody_has_it", tenant="bad-" + self.tenant)
            self.bad.append(job["request_id"])
            self.broker.publish(job)
        worker = self.start_worker(OTP_KILL_AT=place)
        self.await_death(worker, place)

    def of_late_jobs(self, place):
        """Jobs with too little life for a text: who comes next tells their end, again where that was recorded."""
        for _ in range(3):
            job = self.job(tenant="late-" + self.tenant, requested_at=now(-600))
            self.late.add(job["request_id"])
            self.broker.publish(job)
        self.await_death(self.start_worker(OTP_KILL_AT=place), place)
        heir = self.start_worker()
        await_that(lambda: self.expired() == self.late, "every late job has expired")
        heir.stop()

    def expired(self):
        rows = self.database.rows(
            "select request_id::text from otp.delivery where tenant = %s and status = 'expired'", "late-" + self.tenant)
        return {row["request_id"] for row in rows}

    def dead_letters(self):
        self.buried = getattr(self, "buried", set())
        self.buried.update(properties.message_id for _, properties, _ in self.broker.drain("otp.dead"))
        return self.buried

    def of_a_sweep(self, place):
        """Sends that were stored and never published come due after 30 s: now."""
        for _ in range(3):
            with self.verify("send_stored") as verify:
                self.send_in_vain(verify, "send_stored", self.body_of_send())
        self.database.rows("update otp.delivery set sweep_at = now() where status = 'queued'")
        self.await_death(self.start_worker(OTP_KILL_AT=place), place)

    def of_a_drain(self, place):
        worker = self.victim(place)
        before = self.done()
        self.enqueue(JOBS)
        await_that(lambda: self.done() > before, "the load runs")
        worker.ask_to_stop()
        self.await_death(worker, place)

    def of_a_send(self, place):
        """The app hears nothing: one sends again with the same id, another leaves it to the sweep."""
        for repeats in (True, False):
            with self.verify(f"{place}:3") as verify:
                for _ in range(2):
                    self.send_by_http(verify)
                body = self.body_of_send()
                self.send_in_vain(verify, place, body)
            if repeats:
                with self.verify("never") as verify:
                    answer = verify.call("POST", "/v1/verifications", body, self.key)
                self.assertEqual((answer.status, answer.json["request_id"]), (202, body["request_id"]))

    @property
    def key(self):
        if not hasattr(self, "_key"):
            words = ["apikey", "create", "--tenant", self.tenant]
            self._key = run_otpctl(words, {"DATABASE_URL": self.database.url}).split()[-1]
        return self._key

    @contextlib.contextmanager
    def verify(self, kill_at, **settings):
        process = Verify(self.database, self.broker.url, OTP_KILL_AT=kill_at, **settings)
        try:
            yield process
        finally:
            process.kill()

    def body_of_send(self):
        number = f"+{10**10 + self.first + self.count}"
        self.count += 1
        return {"to": number, "purpose": "login", "channel": "sms", "request_id": str(uuid.uuid4())}

    def send_in_vain(self, verify, place, body):
        with self.assertRaises((http.client.HTTPException, OSError)):
            verify.call("POST", "/v1/verifications", body, self.key)
        self.await_death(verify, place)

    def send_by_http(self, verify):
        answer = verify.call("POST", "/v1/verifications", self.body_of_send(), self.key)
        self.assertEqual(answer.status, 202, answer.text)


    # Receipts: what follows from one must come whoever dies over it.

    def of_a_receipt(self, place):
        """What was not committed comes again, because Twilio hears nothing; what was has its consequence though it does not."""
        # Where the other provider is asked, nothing is told yet.
        statuses = ("delivered",) if place == "events_told" else ("delivered", "undelivered")
        jobs = self.texted(len(statuses))
        for job, status in zip(jobs, statuses):
            # What is told is told behind the provider's back, who may have been answered.
            hears = contextlib.suppress if place == "events_told" else self.assertRaises
            with self.receiver(place) as verify:
                with hears((http.client.HTTPException, OSError)):
                    self.post_receipt(verify, job, status)
                self.await_death(verify, place)
            if place == "receipt_taken":
                with self.receiver("never") as verify:
                    self.assertEqual(self.post_receipt(verify, job, status).status, 204)
        self.await_consequences(*jobs)

    def of_an_event_sweep(self, place):
        """The outcome was committed, and who should tell it died; so does the sweep that takes it up."""
        jobs = self.texted(1)
        with self.receiver("receipt_stored") as verify:
            with self.assertRaises((http.client.HTTPException, OSError)):
                self.post_receipt(verify, jobs[0], "delivered")
        for _ in range(2):
            self.database.rows("update otp.untold_event set due_at = now()")
            self.await_death(self.start_worker(OTP_KILL_AT=place), place)
        self.await_consequences(*jobs)

    def texted(self, count):
        """Jobs that a provider has taken, each of a tenant of its own; nobody has told of their ends."""
        worker = self.start_worker(OTP_CALLBACK_URL=PUBLIC)
        jobs = [self.send(NO_RECEIPT, tenant=f"receipt-{uuid.uuid4().hex[:12]}", purpose="login") for _ in range(count)]
        for job in jobs:
            self.await_status(job, "sent")
        worker.stop()
        return jobs

    def receiver(self, kill_at):
        return self.verify(kill_at, OTP_CALLBACK_URL=PUBLIC, TWILIO_AUTH_TOKEN=TOKEN)

    def post_receipt(self, verify, job, status):
        why = {"ErrorCode": "30003"} if status == "undelivered" else {}
        path, body, headers = twilio_receipt(PUBLIC, job["request_id"], 1, status, **why)
        return verify.call("POST", path, body, headers=headers)

    def await_consequences(self, delivered, undelivered=None):
        """The one is told as delivered; the other has been texted by the other provider, with the same code."""
        worker = self.start_worker(OTP_CALLBACK_URL=PUBLIC)
        self.database.rows("update otp.untold_event set due_at = now()")  # it would be after ten seconds

        def told():
            self.take_events()
            return any((e["request_id"], e["event"]) == (delivered["request_id"], "delivery.delivered") for e in self.broker.seen)

        await_that(told, "the event of the delivered text", pause=0.2)
        self.await_status(delivered, "delivered")
        await_that(lambda: self.database.one("select count(*) from otp.untold_event") == 0, "nothing is left to tell")
        if undelivered:
            await_that(lambda: [a["state"] for a in self.database.attempts(undelivered["request_id"])] == ["undelivered", "accepted"],
                       "another provider has texted what was not delivered")
            newest = self.texts(NO_RECEIPT)[-1]
            self.assertEqual(newest["provider"], "gupshup")
            tag = tag_of(digits(newest["text"]), NO_RECEIPT, "login", undelivered["tenant"])
            self.assertEqual(bytes(self.database.verification(undelivered["request_id"])["tag"]), tag)
        worker.stop()


# The place, and what else tells one case from another there. The queue must be empty of jobs for the dead letters, which come first.
CASES = {
    "before_expire": Deaths.of_late_jobs,
    "after_expire": Deaths.of_late_jobs,
    "before_reject": Deaths.of_a_dead_letter,
    "after_reject": Deaths.of_a_dead_letter,
    "before_publish dead letter": Deaths.of_a_dead_letter,
    "after_confirm dead letter": Deaths.of_a_dead_letter,
    "sweep_claimed": Deaths.of_a_sweep,
    "sweep_published": Deaths.of_a_sweep,
    "receipt_taken": Deaths.of_a_receipt,
    "receipt_stored": Deaths.of_a_receipt,
    "events_told": Deaths.of_a_receipt,
    "events_claimed": Deaths.of_an_event_sweep,
    "send_stored": Deaths.of_a_send,
    "send_published": Deaths.of_a_send,
    "send_marked": Deaths.of_a_send,
    "before_publish put back": Deaths.of_a_put_back,
    "after_confirm put back": Deaths.of_a_put_back,
    "taken": Deaths.of_a_job,
    "before_begin": Deaths.of_a_batch,
    "after_begin": Deaths.beside_another,
    "before_request": Deaths.of_a_job,
    "before_write": Deaths.of_a_job,
    "after_answer": Deaths.of_a_job,
    "before_finish": Deaths.of_a_batch,
    "after_finish": Deaths.beside_another,
    "before_publish event": Deaths.of_a_batch,
    "after_confirm event": Deaths.of_a_batch,
    "before_ack": Deaths.of_a_job,
    "after_ack": Deaths.beside_another,
    "drain_begun": Deaths.of_a_drain,
    "drain_given_back": Deaths.of_a_drain,
    "drain_ended": Deaths.of_a_drain,
}

if __name__ == "__main__":
    main()
