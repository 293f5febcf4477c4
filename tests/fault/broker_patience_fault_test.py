"""A broker that loses patience with an acknowledgement."""

from fault_test import FaultTest, main
from programs import await_that


class Impatient(FaultTest):
    private = True
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
