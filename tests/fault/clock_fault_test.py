"""One worker's clocks are stepped while it works beside another: its wall clock by minutes and hours, and CLOCK_BOOTTIME as by a machine
that slept. Deadlines are the database's and leases the boot clock's, so no job is lost, refused, sent late or sent twice for it."""

import mmap
import os
import struct
import tempfile

import psycopg2

from fault_test import FaultTest, main
from jobs import new_number, now
from programs import await_that, need, run_otpctl
from verify_service import Verify

HOUR = 3600


class Clocks:
    """The steps that tests/support/clock_step.cpp adds to the clocks of a program."""

    def __init__(self, folder):
        self.path = os.path.join(folder, "steps")
        with open(self.path, "wb") as file:
            file.write(bytes(16))
        with open(self.path, "r+b") as file:
            self._map = mmap.mmap(file.fileno(), 16)

    def step_wall(self, seconds):
        struct.pack_into("q", self._map, 0, seconds * 10**9)

    def step_boot(self, seconds):
        struct.pack_into("q", self._map, 8, seconds * 10**9)


class ClockFault(FaultTest):
    workers_at_start = 0

    def setUp(self):
        super().setUp()
        self.clocks = Clocks(self.enterContext(tempfile.TemporaryDirectory()))
        self.addCleanup(lambda: [worker.end() for worker in self.workers])

    def stepped(self):
        """What a program's environment needs for it."""
        library = os.path.join(os.path.abspath(need("OTP_BUILD_DIR")), "tests", "clock_step.so")
        self.assertTrue(os.path.isfile(library), library + " is missing: build the target clock_step")
        # A sanitizer wants to be loaded first.
        options = os.environ.get("ASAN_OPTIONS", "") + ":verify_asan_link_order=0"
        return {"LD_PRELOAD": library, "CLOCK_STEPS": self.clocks.path, "ASAN_OPTIONS": options}

    def start_stepped(self):
        return self.start_worker(**self.stepped())

    def start_pair(self):
        """One with right clocks, and one whose clocks are stepped."""
        self.workers[:] = [self.start_worker(), self.start_stepped()]
        for worker in self.workers:
            await_that(worker.is_ready, "the worker is ready")

    def send_jobs(self, count, **fields):
        """So many jobs, to numbers that the audit knows."""
        for _ in range(count):
            self.send(f"+{10**10 + self.first + self.count}", tenant=self.tenant, **fields)
            self.count += 1


class Wall(ClockFault):
    def assert_stepped_worker_does_its_share(self):
        own = self.workers[1].metric("otp_deliveries_total", status="sent")
        self.assertGreater(own, self.count // 10, "the worker with the wrong clock took next to nothing: the test proves nothing")

    def test_a_wall_clock_that_jumps_to_and_fro_changes_nothing(self):
        self.start_pair()
        self.enqueue()
        for step, seconds in enumerate((HOUR, -HOUR, 600, 0)):
            self.await_done(0.15 + 0.15 * step)
            self.clocks.step_wall(seconds)
        self.assertLess(self.done(), self.count, "all was done before the last step: the test proves nothing")
        counts = self.audit(ends=())
        self.assertEqual((counts["doubts"], counts["doubled"]), (0, 0))
        self.assert_stepped_worker_does_its_share()

    def assert_jobs_end_as_with_a_right_clock(self, seconds):
        """By a worker that is alone, and whose clock was wrong before it began."""
        self.clocks.step_wall(seconds)
        self.workers[:] = [self.start_stepped()]
        await_that(self.worker.is_ready, "the worker is ready")
        self.enqueue(300)
        self.send_jobs(50, requested_at=None)  # asked for when they are taken
        self.send_jobs(50, requested_at=now(55))
        counts = self.audit(ends=())
        self.assertEqual((counts["doubts"], counts["doubled"]), (0, 0))
        late = self.send(requested_at=now(-290))
        self.await_status(late, "expired")
        ahead = self.send(requested_at=now(120))
        self.await_status(ahead, "rejected")
        self.assertEqual(self.database.delivery(ahead["request_id"])["reason"], "requested_in_future")
        self.assertEqual(self.texts(late["to"]) + self.texts(ahead["to"]), [])
        self.broker.drain("otp.dead")

    def test_with_a_clock_an_hour_behind_jobs_are_taken_as_with_a_right_one(self):
        self.assert_jobs_end_as_with_a_right_clock(-HOUR)

    def test_with_a_clock_an_hour_ahead_jobs_are_taken_as_with_a_right_one(self):
        self.assert_jobs_end_as_with_a_right_clock(HOUR)


class Verifying(ClockFault):
    def test_with_a_clock_an_hour_wrong_sends_over_http_are_texted_all_the_same(self):
        self.workers[:] = [self.start_worker()]
        words = ["apikey", "create", "--tenant", self.tenant]
        key = run_otpctl(words, {"DATABASE_URL": self.database.url}).split()[-1]
        for seconds in (HOUR, -HOUR):
            self.clocks.step_wall(seconds)
            verify = Verify(self.database, self.broker.url, **self.stepped())
            self.addCleanup(verify.kill)
            for _ in range(20):
                to = f"+{10**10 + self.first + self.count}"
                self.count += 1
                answer = verify.call("POST", "/v1/verifications", {"to": to, "purpose": "login", "channel": "sms"}, key)
                self.assertEqual(answer.status, 202, answer.text)
        self.audit(ends=())


class Boot(ClockFault):
    def test_a_machine_that_slept_between_begin_and_send_writes_nothing_for_the_old_lease(self):
        self.workers[:] = [self.start_stepped()]
        await_that(self.worker.is_ready, "the worker is ready")
        number = new_number()
        # Begin waits for the number's budget, which somebody else is about to make.
        other = psycopg2.connect(self.database.url)
        self.addCleanup(other.close)
        with other.cursor() as cursor:
            cursor.execute("insert into otp.send_budget (tenant, kind, subject, opened_by, times) "
                           "values (%s, 'n', %s, gen_random_uuid(), '{}')", (self.tenant, number))
        job = self.send(number, tenant=self.tenant)
        await_that(lambda: self.database.one("select count(*) from pg_stat_activity where wait_event_type = 'Lock' "
                                             "and datname = current_database()"), "begin waits")
        self.clocks.step_boot(12)  # of a lease of 15 s, 10 s are the call's
        other.rollback()
        self.await_status(job, "sent")
        ends = [row["state"] for row in self.database.attempts(job["request_id"])]
        self.assertEqual((ends[0], ends[-1]), ("not_sent", "accepted"), ends)
        self.assertEqual(len(self.texts(number)), 1)

    def test_machines_that_sleep_in_the_middle_of_the_work_lose_nothing_and_double_nothing(self):
        self.start_pair()
        self.enqueue()
        for step in range(4):
            self.await_done(0.15 + 0.15 * step)
            self.clocks.step_boot(20 * (step + 1))
        self.assertLess(self.done(), self.count, "all was done before the last step: the test proves nothing")
        self.audit(ends=())


if __name__ == "__main__":
    main()
