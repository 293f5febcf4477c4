"""A broker restarts, or takes no messages, while jobs run."""

from fault_test import FaultTest, main
from programs import await_that

PREFETCH = 128  # twice OTP_CONCURRENCY


class Restart(FaultTest):
    private = True

    def restart_by(self, end):
        self.enqueue()
        self.await_done(0.3)
        with self.watch_ready():
            end("rabbitmq")
            self.await_said("not_consuming")
            self.servers.start("rabbitmq")
            self.broker.connect()
        self.audit()

    def test_a_broker_that_restarts_in_good_order_loses_nothing(self):
        self.restart_by(self.servers.stop)

    def test_a_broker_that_is_killed_loses_nothing(self):
        self.restart_by(self.servers.kill)

    def test_an_alarm_over_memory_holds_jobs_back_and_loses_no_event(self):
        self.assertEqual(self.worker.stop(), 0)
        self.enqueue()
        self.servers.rabbitmqctl("set_vm_memory_high_watermark", "0.000001")
        self.addCleanup(self.servers.rabbitmqctl, "set_vm_memory_high_watermark", "0.4")
        self.workers[:] = [self.start_worker()]
        await_that(self.worker.is_ready, "the worker is ready")
        with self.watch_ready():
            # The broker says so to who publishes: texts went out, and their events wait.
            self.worker.await_line("broker_blocked", connection="publish")
            held = self.done()
            self.servers.rabbitmqctl("set_vm_memory_high_watermark", "0.4")
        # What waits for its events, and as many again for the few whose event the broker took before it said so.
        self.assertLessEqual(held, 2 * PREFETCH)
        self.worker.await_line("broker_unblocked", connection="publish")
        self.audit()


if __name__ == "__main__":
    main()
