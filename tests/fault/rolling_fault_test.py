"""Every worker is replaced, twice, while jobs run. Nobody who waits for a code notices: none is lost, none comes twice, and not one
attempt is in doubt, since a drain waits for answers."""

from fault_test import FaultTest, main
from programs import await_that

ROUNDS = 2


class Rolling(FaultTest):
    workers_at_start = 4
    settings = {"OTP_CONCURRENCY": "16"}
    sandbox_settings = {"SANDBOX_LATENCY_MS": "200"}

    def test_two_rolling_restarts_lose_and_double_nothing(self):
        cut_short = 0
        for _ in range(ROUNDS):
            for place in range(len(self.workers)):
                before = self.done()
                self.enqueue(self.jobs // (ROUNDS * len(self.workers)))
                mark = before + self.choose.randint(1, 100)
                await_that(lambda least=mark: self.done() >= least, "the load runs")
                self.workers[place].ask_to_stop()
                self.assertEqual(self.workers[place].wait(), 0)
                said = self.workers[place].await_line("draining")
                cut_short += int(said["in_flight"])
                self.workers[place] = self.start_worker()
                await_that(self.workers[place].is_ready, "the new one is ready")
        counts = self.audit(ends=())
        self.assertEqual((counts["sent"], counts["doubled"], counts["doubts"]), (self.count, 0, 0))
        self.assertGreater(cut_short, 0, "no worker had a job in flight: the test proves nothing")


if __name__ == "__main__":
    main()
