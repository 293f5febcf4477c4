"""The steps of each part, in the order in which what is compared stands beside each other."""

import os
import subprocess

import check_runs
import figures
import flame
import job_runs
import limit_runs
from bench_stack import FIRST_NUMBER
from programs import ROOT

PSQL = "/usr/lib/postgresql/15/bin/psql"
PROFILE_SECONDS = 5


class Steps:
    def __init__(self, bench, sizes, report):
        self.bench = bench
        self.sizes = sizes
        self.report = report

    def drain(self, *words, **more):
        return self.report.run(job_runs.drain(self.bench, *words, **more))

    # Limits.

    def limits(self):
        report = self.report
        for _ in range(self.sizes.repetitions):
            for key, run in limit_runs.all_runs(self.bench, self.sizes.limits).items():
                report.run(run)
                report.limits.setdefault(key, []).append(run)
                report.measure(f"alone: {run['name']}, /s", run["rate"])

    # Worker.

    def worker(self):
        for _ in range(self.sizes.repetitions):
            self.at_0_ms()
            self.at_50_ms()
            self.two_workers()
            self.stale()
        for _ in range(self.sizes.repetitions):
            self.latency()
        if self.sizes.rows:
            self.large_tables()
        if self.sizes.drain:
            self.long_drain()

    def note_drain(self, run, what, latency):
        report = self.report
        report.measure(f"{what} jobs/s, {latency} ms", run["rate"])
        for group, us in run["cpu_us"].items():
            report.measure(f"{what} run, {latency} ms: CPU of {group}, us a job", us)
        report.measure(f"{what} run, {latency} ms: WAL, bytes a job", run["wal_bytes"])
        report.measure(f"{what} run, {latency} ms: memory, MB", run["memory_mb"])
        report.series.setdefault(f"{latency}ms {what}", run["series"])

    def at_0_ms(self):
        probe = self.drain("probe", self.sizes.jobs, 0, "probe, 0 ms")
        worker = self.drain("worker", self.sizes.jobs, 0, "worker, 0 ms")
        self.note_drain(probe, "probe", 0)
        self.note_drain(worker, "worker", 0)
        self.report.figure("worker_over_probe", worker["rate"] / probe["rate"])
        self.report.figure("worker_cpu_us", worker["cpu_us"]["worker"])
        self.report.figure("postgres_cpu_us", worker["cpu_us"]["postgres"])
        self.report.figure("worker_memory_mb", worker["memory_mb"])

    def at_50_ms(self):
        probe = self.drain("probe", self.sizes.slow_jobs, 50, "probe, 50 ms")
        worker = self.drain("worker", self.sizes.slow_jobs, 50, "worker, 50 ms")
        tls = self.drain("worker", self.sizes.slow_jobs, 50, "worker, 50 ms, TLS everywhere", tls=True)
        self.note_drain(probe, "probe", 50)
        self.note_drain(worker, "worker", 50)
        self.note_drain(tls, "worker with TLS", 50)
        self.report.figure("worker_over_probe_50ms", worker["rate"] / probe["rate"])
        self.report.figure("tls_over_plain", tls["rate"] / worker["rate"])

    def two_workers(self):
        """Each on a core of its own where there are cores for them and the servers; else both on one, against one there."""
        if os.cpu_count() >= 4:
            one = self.drain("worker", self.sizes.jobs, 0, "one worker")
            two = self.drain("worker", self.sizes.jobs, 0, "two workers", workers=2)
        else:
            last = os.cpu_count() - 1
            one = self.drain("worker", self.sizes.jobs, 0, "one worker on one core", cores=[last])
            two = self.drain("worker", self.sizes.jobs, 0, "two workers on one core", cores=[last, last])
        self.report.figure("two_over_one", two["rate"] / one["rate"])

    def stale(self):
        """A queue of nothing but jobs that waited for too long, as after an outage."""
        run = self.report.run(job_runs.stale(self.bench, self.sizes.jobs, "worker, stale jobs"))
        for group, us in run["cpu_us"].items():
            self.report.measure(f"stale jobs: CPU of {group}, us a job", us)
        self.report.figure("stale_rate", run["rate"])

    def latency(self):
        """A job that is published alone, and many at half of what a live system reaches."""
        report = self.report
        live = report.run(job_runs.live(self.bench, self.sizes.jobs, "worker, 0 ms, while jobs are published"))
        report.measure("worker jobs/s, 0 ms, while they are published", live["rate"])
        found = job_runs.latency(self.bench, {"alone": 10, "half": live["rate"] / 2}, self.sizes.seconds, "latency")
        for what in ("alone", "half"):
            run = found[what]
            report.run({**run, "name": f"latency, {what}", "yardstick_ms": found["yardstick_ms"]})
            for mark in ("p50", "p99"):
                report.measure(f"{mark} {what}, ms from publishing to the stored end", run[mark + "_ms"])
                report.series.setdefault(f"latency {mark} {what}", run["series"][mark])
        report.measure("RabbitMQ CPU at half, us a job", found["half"]["cpu_us"]["rabbitmq"])
        report.figure("latency_ratio", found["half"]["p50_ms"] / found["alone"]["p50_ms"])

    def large_tables(self):
        report = self.report
        with self.bench.database() as large:
            words = [PSQL, "-qX", "-v", "ON_ERROR_STOP=1", "-v", f"rows={self.sizes.rows}"]
            script = os.path.join(ROOT, "tests", "bench", "fill_tables.sql")
            subprocess.run([*words, "-f", script, large.url], check=True, stdout=subprocess.DEVNULL)
            large.rows("checkpoint")
            first = FIRST_NUMBER
            for _ in range(self.sizes.repetitions):
                empty = self.drain("worker", self.sizes.jobs, 0, "worker, empty tables")
                name = f"worker, {self.sizes.rows:,} rows in each large table"
                full = self.drain("worker", self.sizes.jobs, 0, name, database=large, first=first)
                first += self.sizes.jobs
                report.figure("large_over_empty", full["cpu_us"]["postgres"] / empty["cpu_us"]["postgres"])
                report.measure("jobs/s with large tables over empty ones", full["rate"] / empty["rate"])

    def long_drain(self):
        run = self.drain("worker", self.sizes.drain, 0, f"worker, {self.sizes.drain:,} jobs")
        self.report.figure("drain_end_over_start", figures.windows_ratio(run["marks"]))
        early = next(mb for (_, done), (_, mb) in zip(run["marks"], run["memory"]) if done >= self.sizes.drain * 0.2)
        late = run["memory"][-1][1]
        self.report.measure("long drain: memory at a fifth of it, MB", early)
        self.report.measure("long drain: memory at its end, MB", late)
        self.report.series["memory worker"] = run["memory"]
        self.report.series["drain worker"] = by_seconds(run["series"])

    # Checks.

    def verify(self):
        report = self.report
        for _ in range(self.sizes.repetitions):
            probe = report.run(check_runs.run(self.bench, "probe", self.sizes.checks, "check probe"))
            full = report.run(check_runs.run(self.bench, "verify", self.sizes.checks, "otp-verify"))
            rate = full["rate"] / 2
            count = int(min(self.sizes.checks, rate * self.sizes.seconds / 2))
            # In the eight seconds before, connections are made, and plans for tables that are no longer empty (after 1, 3 and 7 s).
            half = report.run(check_runs.run(self.bench, "verify", count, "otp-verify at half of that", rate, warming=int(4 * rate)))
            # How much of it is the disk's: its stalls meet so many checks of either.
            bare = report.run(check_runs.run(self.bench, "probe", count, "check probe at the same rate", rate, warming=int(4 * rate)))
            report.measure("check probe, checks/s", probe["rate"])
            report.measure("otp-verify, checks/s", full["rate"])
            report.measure("otp-verify CPU, us a check", full["cpu_us"]["verify"])
            report.measure("otp-verify run: CPU of PostgreSQL, us a check", full["cpu_us"]["postgres"])
            report.measure("otp-verify run: WAL, bytes a check", full["wal_bytes"])
            report.measure("otp-verify memory, MB", full["memory_mb"])
            report.measure("otp-verify p50 at half, ms", half["p50_ms"])
            report.measure("check probe p50 at that rate, ms", bare["p50_ms"])
            report.measure("check probe p99 at that rate, ms", bare["p99_ms"])
            report.figure("checks_over_probe", full["rate"] / probe["rate"])
            report.figure("check_p99_ms", half["p99_ms"])
            report.series.setdefault("checks probe", probe["series"])
            report.series.setdefault("checks otp-verify", full["series"])
            report.series.setdefault("check-p99 otp-verify", half["p99_series"])
        for key, name in (("checks", "check_codes in batches"), ("check", "check_codes one by one")):
            if key in report.limits:
                alone = figures.median([run["rate"] for run in report.limits[key]])
                report.measure(f"otp-verify over pgbench of {name}", figures.median(report.measures["otp-verify, checks/s"]) / alone)

    # Profile.

    def profile(self, folder):
        if not flame.available():
            print("perf is not there (Debian: linux-perf): no flame graph")
            return 1
        os.makedirs(folder, exist_ok=True)
        data = os.path.join(folder, "perf.data")
        recording = []

        def record(program):
            recording.append(flame.record(program.pid, PROFILE_SECONDS, data))

        run = self.drain("worker", 2 * self.sizes.jobs, 0, "worker, 0 ms, under perf", during=record)
        _, errors = recording[0].communicate(timeout=60)
        if recording[0].returncode != 0:
            raise RuntimeError("perf: " + errors.decode())
        stacks = flame.fold(flame.read(data))
        title = f"otp-worker at {run['rate']:,.0f} jobs/s, {sum(stacks.values())} samples"
        with open(os.path.join(folder, "flame.svg"), "w", encoding="utf-8") as file:
            file.write(flame.svg(stacks, title))
        with open(os.path.join(folder, "flame.folded"), "w", encoding="utf-8") as file:
            file.writelines(f"{';'.join(stack)} {count}\n" for stack, count in sorted(stacks.items()))
        print(figures.table(["itself", "share"], [[name[:110], f"{share:.1%}"] for name, share in flame.top(stacks, 25)]))
        print(f"{folder}/flame.svg, {folder}/flame.folded")
        return 0


def by_seconds(series):
    """Rates by tenths of a second to rates by seconds."""
    seconds = {}
    for at, rate in series:
        seconds.setdefault(int(at), []).append(rate)
    return [(at, sum(rates) / 10) for at, rates in sorted(seconds.items())]
