"""What a broker does to those who use it: it takes away queues, exchanges and consumers while jobs run."""

import signal

from fault_test import FaultTest, main
from broker import RETRY_QUEUES
from jobs import now
from programs import await_that, run_otpctl


class Taken(FaultTest):
    sandbox_settings = {"SANDBOX_LATENCY_MS": "300"}  # so that all of a small batch is in flight at once

    def apply_topology(self):
        run_otpctl(["topology", "apply"], {"AMQP_URL": self.broker.url})

    def test_a_queue_that_is_deleted_under_its_consumer_is_made_anew_and_what_was_in_flight_ends(self):
        self.enqueue(50)  # fewer than are in flight at once: none waits where it would be deleted, too
        await_that(lambda: self.database.one("select count(*) from otp.delivery where tenant = %s", self.tenant) == 50, "all began")
        with self.watch_ready():
            self.broker.channel.queue_delete("otp.send")
            self.await_said("not_consuming")
        self.enqueue()
        self.audit()

    def test_an_exchange_of_events_that_is_gone_holds_jobs_back_until_the_topology_is_applied(self):
        self.enqueue()
        self.await_done(0.2)
        with self.watch_ready() as fault:
            self.broker.channel.exchange_delete("otp.events")
            self.await_said("publish_not_confirmed", exchange="otp.events")
            # Not an event may be told between the exchange and the binding of the test's own queue.
            self.worker.process.send_signal(signal.SIGSTOP)
            self.apply_topology()
            self.keep_events()
            self.worker.process.send_signal(signal.SIGCONT)
            fault.ended()
        self.audit()

    def test_delay_queues_that_are_gone_hold_jobs_back_until_the_topology_is_applied(self):
        self.enqueue(500)
        self.await_done(0.2)
        # Every provider says so, until in five seconds too little of the codes' life is left.
        slow_down = [self.job("+19735550106", ttl_seconds=60, requested_at=now(-25)) for _ in range(20)]
        with self.watch_ready() as fault:
            for name in RETRY_QUEUES:
                self.broker.channel.queue_delete(name)
            for job in slow_down:
                self.broker.publish(job)
            self.await_said("publish_not_confirmed", result="unroutable")
            self.apply_topology()
            fault.ended()
        for job in slow_down:
            self.await_status(job, "expired", "failed", limit=90)
        self.audit()


if __name__ == "__main__":
    main()
