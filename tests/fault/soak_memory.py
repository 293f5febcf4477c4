"""What one worker's memory is over a long backlog, and while each of its servers is away with jobs waiting."""

import collections
import statistics
import threading
import time

from fault_test import FaultTest
from programs import await_that

CHUNK = 10000
LIFE = 600  # seconds, the longest there is: what is older ends as expired, which is work too, and is told
AWAY = 20  # seconds
OUTAGES = ((0.3, "postgres"), (0.5, "amqp"), (0.7, "providers"))  # at which share of the jobs
MOST = 1.10  # of what it was once it had warmed up
LONGEST = 3600  # seconds
SAMPLE_EVERY = 0.5  # seconds


def usual_size(samples, wanted):
    """MB after warming up, which is the first tenth of the jobs: the median over the second, or the first sample after it."""
    after = [(ended, size) for ended, size in samples if ended > wanted / 10] or samples[-1:]
    return statistics.median([size for ended, size in after if ended <= wanted / 5] or [after[0][1]])


def largest_size(samples, wanted):
    return max([size for ended, size in samples if ended > wanted / 10] or [size for _, size in samples])


def is_flat(samples, wanted):
    """Of (jobs that ended, MB)."""
    return largest_size(samples, wanted) <= MOST * usual_size(samples, wanted)


class Memory(FaultTest):
    proxied = ("amqp", "postgres", "twilio", "gupshup")
    private = True
    workers_at_start = 0
    settings = {"OTP_CONCURRENCY": "512"}
    sandbox_settings = {"SANDBOX_INBOX": "1000"}

    def runTest(self):
        wanted = self.jobs
        while self.count < wanted:
            self.enqueue(min(CHUNK, wanted - self.count), "--ttl", str(LIFE))
        print(f"{self.count} jobs wait", flush=True)
        self.workers.append(self.start_worker())
        await_that(self.worker.is_ready, "the worker is ready")
        self.ended, self.samples, self.over = 0, [], threading.Event()
        sampler = threading.Thread(target=self.sample, daemon=True)
        sampler.start()
        began = time.monotonic()
        outages = list(OUTAGES)
        while not self.all_ended(wanted) and time.monotonic() - began < LONGEST:
            if outages and self.ended >= outages[0][0] * wanted:
                self.outage(outages.pop(0)[1])
            time.sleep(SAMPLE_EVERY)
        took = time.monotonic() - began
        self.over.set()
        sampler.join()
        self.judge(wanted, took, outages)

    def sample(self):
        while not self.over.wait(SAMPLE_EVERY):
            # By the worker's own word: to count a million rows twice a second would be a load of its own.
            self.ended = int(self.worker.metric("otp_deliveries_total"))
            self.samples.append((self.ended, self.resident()))

    def all_ended(self, wanted):
        return self.ended >= 0.99 * wanted and self.done() >= wanted

    def resident(self):
        with open(f"/proc/{self.worker.process.pid}/status", encoding="ascii") as file:
            return next(int(line.split()[1]) / 1024 for line in file if line.startswith("VmRSS"))

    def outage(self, name):
        """Both providers go together, so that jobs wait."""
        proxies = [self.proxies[one] for one in (("twilio", "gupshup") if name == "providers" else (name,))]
        before = len(self.samples)
        for proxy in proxies:
            proxy.refuse()
        time.sleep(AWAY)
        for proxy in proxies:
            proxy.heal()
        sizes = [size for _, size in self.samples[before:]]
        print(f"{name} away for {AWAY} s: {len(sizes)} samples, {min(sizes):.1f} to {max(sizes):.1f} MB", flush=True)

    def judge(self, wanted, took, outages):
        ends = collections.Counter({row["status"]: row["count"] for row in self.database.rows(
            "select status::text, count(*) from otp.delivery where tenant = %s group by 1", self.tenant)})
        usual, most = usual_size(self.samples, wanted), largest_size(self.samples, wanted)
        print(f"{sum(ends.values())} of {wanted} ended in {took:.0f} s: {dict(ends)}", flush=True)
        print(f"resident memory, {len(self.samples)} samples: {usual:.1f} MB after the first tenth of the jobs, then {most:.1f} MB at most, "
              f"{most / usual - 1:+.1%}", flush=True)
        self.clean = self.all_ended(wanted) and not outages and is_flat(self.samples, wanted)


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
