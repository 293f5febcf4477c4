"""SIGTERM ends a worker without losing, doubling or leaving anything."""

import signal
import time
import unittest

from programs import await_that
from stack import StackTest

JOBS = 400


class Drain(StackTest):
    workers_at_start = 0
    sandbox_settings = {"SANDBOX_LATENCY_MS": "300"}
    settings = {"OTP_CONCURRENCY": "50"}

    def finished(self):
        return self.database.one("select count(*) from otp.delivery where status = 'sent'")

    def test_under_load_what_is_in_flight_ends_and_the_rest_goes_back(self):
        jobs = [self.send() for _ in range(JOBS)]
        self.workers.append(self.start_worker())
        await_that(lambda: self.finished() >= 60, "the load runs")
        self.assertLess(self.finished(), JOBS)
        asked = time.monotonic()
        self.assertEqual(self.worker.stop(), 0)
        self.assertLess(time.monotonic() - asked, 20)

        # Nothing is in the air: no attempt is open, and what was not begun is ready for the next.
        states = self.database.rows("select state, count(*) as n from otp.delivery_attempt group by 1")
        self.assertEqual([row["state"] for row in states], ["accepted"])
        done = self.finished()
        self.assertLess(done, JOBS)
        self.assertEqual(len(self.sandbox.inbox()), done)
        self.assertEqual(self.broker.depth("otp.send"), JOBS - done)
        self.assertEqual(len(self.broker.events()), done)
        self.worker.await_line("draining")
        self.worker.await_line("stopped")

        self.workers.append(self.start_worker())
        for job in jobs:
            self.await_status(job, "sent")
            self.assertEqual(len(self.texts(job["to"])), 1)
        await_that(lambda: len(self.broker.events()) == JOBS, "an event for each")
        self.await_nothing_left()
        self.assertEqual(self.workers[1].stop(), 0)


class SlowProvider(StackTest):
    sandbox_settings = {"SANDBOX_LATENCY_MS": "4000"}

    def test_it_waits_for_calls_that_are_under_way(self):
        jobs = [self.send() for _ in range(5)]
        await_that(
            lambda: self.database.one("select count(*) from otp.delivery_attempt where state = 'started'") == 5,
            "five calls are under way",
        )
        self.worker.ask_to_stop()
        self.worker.await_line("draining")
        self.assertFalse(self.worker.is_ready())
        self.assertEqual(self.worker.get("/livez")[0], 200)
        self.assertEqual(self.worker.wait(), 0)
        for job in jobs:
            self.assertEqual(self.database.delivery(job["request_id"])["status"], "sent")
        self.assertEqual(self.broker.depth("otp.send"), 0)


class Idle(StackTest):
    workers_at_start = 0

    def test_an_idle_worker_ends_at_once(self):
        for sent in (signal.SIGTERM, signal.SIGINT):
            worker = self.start_worker()
            await_that(worker.is_ready, "the worker is ready")
            asked = time.monotonic()
            worker.process.send_signal(sent)
            self.assertEqual(worker.wait(), 0)
            self.assertLess(time.monotonic() - asked, 5)


if __name__ == "__main__":
    unittest.main()
