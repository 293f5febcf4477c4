"""A worker is suspended for longer than its leases, as a machine that swaps or a hypervisor that moves it does, while another goes
on. When it wakes it must not write what the other has taken over."""

import signal
import time

from fault_test import FaultTest, main
from jobs import now
from programs import await_that

STOPPED = 20  # seconds; a lease is 15


def is_suspended(process):
    with open(f"/proc/{process.pid}/stat", encoding="utf-8") as state:
        return state.read().rpartition(")")[2].split()[0] == "T"


class SuspendTest(FaultTest):
    def begun_by(self, worker):
        """Numbers and request ids with an attempt under way that is this process's."""
        rows = self.database.rows(
            """select d.number, d.request_id::text from otp.delivery_attempt a join otp.delivery d using (request_id)
                where a.state = 'started' and position(%s in a.owner) > 0""",
            f":{worker.process.pid}:",
        )
        return {row["number"]: row["request_id"] for row in rows}


class BeforeTheFirstByte(SuspendTest):
    """With the connection open and the lease looked at once already."""

    jobs = 300

    def test_it_writes_nothing_when_it_wakes(self):
        sleeper = self.start_worker(OTP_KILL_AT=f"before_write:{self.choose.randint(1, 30)}:stop")
        await_that(sleeper.is_ready, "the worker is ready")
        self.enqueue()
        await_that(lambda: is_suspended(sleeper.process), "it is suspended before a request")
        asleep = self.begun_by(sleeper)
        self.assertNotEqual(asleep, {}, "it holds attempts")
        # The broker misses its heartbeats, gives its messages to the other, and that one settles the doubts.
        await_that(lambda: self.done() == self.count, "the other ends every job", limit=90, pause=0.2)
        self.assertEqual(self.begun_by(sleeper), {}, "nothing is left to it")

        woke = now()
        sleeper.process.send_signal(signal.SIGCONT)
        await_that(lambda: sleeper.metric("otp_attempts_total", end="not_sent") > 0, "it gives its attempts up")
        counts = self.audit()
        self.assertEqual(sleeper.stop(), 0)
        self.assertGreater(counts["doubts"], 0)
        late = [text for text in self.sandbox.inbox() if text["to"] in asleep and text["at"] >= woke]
        self.assertEqual(late, [], "texts written after it woke")


class AtAnyMoment(SuspendTest):
    workers_at_start = 2
    sandbox_settings = {"SANDBOX_LATENCY_MS": "200"}  # so that a stop meets attempts under way

    def test_workers_stopped_in_turn_send_nothing_twice(self):
        self.enqueue()
        for worker in self.workers:
            before = self.done()
            self.enqueue(self.jobs // 2)
            await_that(lambda least=before + self.jobs * self.choose.uniform(0.02, 0.2): self.done() > least, "the load runs")
            worker.process.send_signal(signal.SIGSTOP)
            woken = time.monotonic() + STOPPED
            # The broker notices nothing so soon; a producer that sends its jobs again makes the other meet their leases.
            for number, request in self.begun_by(worker).items():
                self.send(number, request_id=request, tenant=self.tenant)
            await_that(lambda at=woken: time.monotonic() >= at, "20 s are over", pause=0.5)
            worker.process.send_signal(signal.SIGCONT)
        counts = self.audit()
        self.assertGreater(counts["doubts"], 0, "no stop hit an attempt under way: the test proves nothing")
        for worker in self.workers:
            self.assertEqual(worker.stop(), 0)


if __name__ == "__main__":
    main()
