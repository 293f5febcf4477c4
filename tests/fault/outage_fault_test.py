"""RabbitMQ and PostgreSQL are away for a while, one after the other or from the start."""

import os
import time

from fault_test import FaultTest, main
from programs import await_that

OUTAGE = 10  # seconds


class Outage(FaultTest):
    """To a worker, a server that refuses connections is away; the proxies do so without the cost of a restart."""

    proxied = ("amqp", "postgres")
    workers_at_start = 2

    def processor_seconds(self, worker):
        with open(f"/proc/{worker.process.pid}/stat", encoding="ascii") as file:
            fields = file.read().rpartition(") ")[2].split()
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")

    def test_an_outage_of_each_server_in_turn_costs_no_job_and_no_busy_loop(self):
        self.enqueue()
        self.await_done(0.2)
        for name in ("amqp", "postgres"):
            with self.subTest(name=name), self.watch_ready():
                proxy = self.proxies[name]
                self.addCleanup(proxy.heal)
                proxy.refuse()
                await_that(lambda: not any(worker.is_ready() for worker in self.workers), "no worker is ready")
                before = [self.processor_seconds(worker) for worker in self.workers]
                time.sleep(OUTAGE)
                spent = [self.processor_seconds(worker) - b for worker, b in zip(self.workers, before)]
                proxy.heal()
            print(f"{name}: processor seconds in {OUTAGE} s of outage {spent}", flush=True)
            self.assertLess(max(spent), OUTAGE / 5, "a busy loop takes a whole processor")
            self.enqueue(500)
        self.audit()
        self.assertEqual([worker.process.poll() for worker in self.workers], [None, None])


class Early(FaultTest):
    workers_at_start = 0
    proxied = ("amqp", "postgres")

    def test_workers_that_start_before_their_servers_wait_and_then_work(self):
        self.enqueue()
        for proxy in self.proxies.values():
            self.addCleanup(proxy.heal)
            proxy.refuse()
        self.workers.extend(self.start_worker() for _ in range(2))
        for worker in self.workers:
            worker.await_line("waiting_for_database")
            self.assertFalse(worker.is_ready())
        with self.watch_ready() as fault:
            self.proxies["postgres"].heal()
            time.sleep(1)
            self.assertFalse(any(worker.is_ready() for worker in self.workers))
            self.proxies["amqp"].heal()
            fault.ended()
        self.audit()


if __name__ == "__main__":
    main()
