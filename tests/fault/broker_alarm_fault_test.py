"""A broker that takes no messages, loses patience, or restarts, while jobs run."""

from fault_test import FaultTest, main
from stack import await_that


class PrivateBroker(FaultTest):
    private = True


class Restart(PrivateBroker):
    sandbox_settings = {"SANDBOX_LATENCY_MS": "250"}  # so that jobs still run when rabbitmqctl has done its work

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

    def test_an_alarm_over_memory_holds_events_back_and_loses_none(self):
        self.enqueue()
        self.await_done(0.2)
        with self.watch_ready():
            self.servers.rabbitmqctl("set_vm_memory_high_watermark", "0.000001")
            self.await_said("broker_blocked", connection="publish")
            self.servers.rabbitmqctl("set_vm_memory_high_watermark", "0.4")
            self.await_said("broker_unblocked", connection="publish")
        self.audit()

    def test_during_an_alarm_over_disk_a_worker_texts_what_it_may_hold_and_can_be_stopped(self):
        self.worker.stop()
        self.enqueue()
        self.servers.rabbitmqctl("set_disk_free_limit", "1000000GB")
        self.workers[:] = [self.start_worker(), self.start_worker()]
        for worker in self.workers:
            worker.await_line("broker_blocked", connection="publish")
        # Their events cannot be told, so they stay in flight.
        most = 2 * int(self.settings["OTP_CONCURRENCY"])
        await_that(lambda: len(self.seen_texts()) == most, f"{most} texts go out")
        self.assertEqual(self.workers[1].stop(), 0)
        self.assertEqual(len(self.seen_texts()), most, "texts beyond what two workers may have in flight")
        self.servers.rabbitmqctl("set_disk_free_limit", "50MB")
        self.worker.await_line("broker_unblocked", connection="publish")
        counts = self.audit()
        self.assertEqual((counts["doubts"], counts["doubled"]), (0, 0))


class Impatient(PrivateBroker):
    workers_at_start = 0
    settings = {"OTP_CONCURRENCY": "64", "OTP_SMS_PROVIDERS": "twilio"}
    sandbox_settings = {"SANDBOX_LATENCY_MS": "5000"}

    def test_a_send_that_takes_longer_than_the_broker_waits_for_acks_is_made_once(self):
        self.servers.rabbitmqctl("eval", "application:set_env(rabbit, channel_tick_interval, 500), "
                                         "application:set_env(rabbit, consumer_timeout, 2000).")
        worker = self.start_worker()
        self.workers.append(worker)
        await_that(worker.is_ready, "the worker is ready")
        self.enqueue(60)
        with self.watch_ready():
            self.await_said("not_consuming", reason="timed out")
            self.servers.rabbitmqctl("eval", "application:set_env(rabbit, consumer_timeout, 1800000).")
        self.audit()


if __name__ == "__main__":
    main()
