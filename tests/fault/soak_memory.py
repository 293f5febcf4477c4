"""What one worker's memory is over a long backlog, and while each of its servers is away with jobs waiting."""

import contextlib
import time

import psycopg2

from fault_test import FaultTest
from stack import await_that

CHUNK = 10000
AWAY = 20  # seconds
MOST = 1.10  # of what it was after the first tenth of the jobs
LONGEST = 1200  # seconds


class Memory(FaultTest):
    proxied = ("amqp", "postgres", "twilio", "gupshup")
    private = True
    workers_at_start = 0
    settings = {"OTP_CONCURRENCY": "512"}
    sandbox_settings = {"SANDBOX_INBOX": "1000"}

    def runTest(self):
        wanted = self.jobs
        while self.count < wanted:
            self.enqueue(min(CHUNK, wanted - self.count), "--ttl", "600")
        print(f"{self.count} jobs wait", flush=True)
        self.workers.append(self.start_worker())
        await_that(self.worker.is_ready, "the worker is ready")
        sizes, began = [], time.monotonic()  # (jobs that ended, MB)
        outages = [(0.3, "postgres"), (0.5, "amqp"), (0.7, "twilio")]
        ended = 0
        while ended < wanted and time.monotonic() - began < LONGEST:
            ended = self.ended(ended)
            sizes.append((ended, self.resident()))
            if outages and ended >= outages[0][0] * wanted:
                sizes += self.outage(outages.pop(0)[1], ended)
            time.sleep(1)
        self.judge(sizes, wanted, time.monotonic() - began)

    def ended(self, before):
        with contextlib.suppress(psycopg2.Error):
            return self.done()
        return before

    def resident(self):
        with open(f"/proc/{self.worker.process.pid}/status", encoding="ascii") as file:
            return next(int(line.split()[1]) / 1024 for line in file if line.startswith("VmRSS"))

    def outage(self, name, ended):
        """Both providers go together, so that jobs wait."""
        proxies = [self.proxies[one] for one in ("twilio", "gupshup")] if name == "twilio" else [self.proxies[name]]
        for proxy in proxies:
            proxy.refuse()
        sizes = []
        for _ in range(AWAY):
            time.sleep(1)
            sizes.append((ended, self.resident()))
        for proxy in proxies:
            proxy.heal()
        print(f"{'providers' if name == 'twilio' else name} away for {AWAY} s: {min(s for _, s in sizes):.1f} to "
              f"{max(s for _, s in sizes):.1f} MB", flush=True)
        return sizes

    def judge(self, sizes, wanted, took):
        first = [size for ended, size in sizes if ended <= wanted / 10] or [sizes[0][1]]
        rest = [size for ended, size in sizes if ended > wanted / 10]
        ended = sizes[-1][0]
        print(f"{ended} of {wanted} ended in {took:.0f} s; resident memory: {max(first):.1f} MB in the first tenth, then "
              f"{min(rest):.1f} to {max(rest):.1f} MB", flush=True)
        self.clean = ended >= wanted and max(rest) <= MOST * max(first)


def run():
    """Exit code."""
    try:
        Memory.setUpClass()
        one = Memory()
        one.setUp()
        one.runTest()
        return 0 if one.clean else 1
    finally:
        Memory.doClassCleanups()
