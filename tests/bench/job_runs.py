"""Runs over jobs: a drain of what waits on the queue, by workers or the bare probe, and latency at a rate. Each run is checked."""

import contextlib
import time

import processes
from bench_stack import FIRST_NUMBER, TENANT, WAL
from programs import await_that

IN_FLIGHT = 1024  # of worker and probe alike
WORK = ("worker", "postgres", "rabbitmq", "stub")

FINAL = {
    "worker": f"select count(*) from otp.delivery where tenant = '{TENANT}' and status = 'sent' and number >= '+%s' and number < '+%s'",
    "probe": "select count(*) from narrow_send where status = 1 and number >= %s and number < %s",
}

STALE_AGE = 900  # seconds; they live for 600
EXPIRED = f"select count(*) from otp.delivery where tenant = '{TENANT}' and status = 'expired'"
EXPIRED_RATE = f"""
    select (count(*) / extract(epoch from max(finished_at) - min(finished_at)))::float
      from otp.delivery where tenant = '{TENANT}' and status = 'expired'"""

LATENCY = f"""
    select percentile_cont(array[0.5, 0.99]) within group (order by extract(epoch from finished_at - requested_at) * 1000) as ms,
           count(*) as jobs
      from otp.delivery
     where tenant = '{TENANT}' and number >= '+%s' and number < '+%s' and status = 'sent'
       and requested_at > (select min(requested_at) + interval '2 s' from otp.delivery where number >= '+%s' and number < '+%s')"""

LATENCY_SERIES = f"""
    select floor(extract(epoch from requested_at - min(requested_at) over ()) * 4) / 4 as at,
           extract(epoch from finished_at - requested_at) * 1000 as ms
      from otp.delivery where tenant = '{TENANT}' and number >= '+%s' and number < '+%s'"""


def first_done(stub, jobs):
    """A mark some hundredths into the run, when starting up is over."""
    return await_that(lambda: (lambda c: c if c["posts"] >= max(1, jobs // 50) else None)(stub.counts()), "the first posts", 60, 0.01)


class Marks:
    """What was done by when, and the memory of the first program."""

    def __init__(self):
        self.began = time.monotonic()
        self.done = []  # (seconds, jobs)
        self.memory = []  # (seconds, MB)

    def add(self, posts, program):
        at = time.monotonic() - self.began
        self.done.append((at, posts))
        self.memory.append((at, processes.memory_mb(program.pid)))


def watch(stub, programs, jobs, limit):
    """Until all jobs were posted."""
    marks = Marks()
    pause = 0.05 if jobs < 200000 else 0.5
    end = time.monotonic() + limit
    while True:
        counts = stub.counts()
        marks.add(counts["posts"], programs[0])
        if counts["posts"] >= jobs:
            return counts, marks
        for program in programs:
            program.require_alive()
        if time.monotonic() > end:
            raise RuntimeError(f"{counts['posts']} of {jobs} jobs were posted within {limit:.0f} s: {programs[0].text()[-2000:]}")
        time.sleep(pause)


def left_on_queues(broker):
    left = {name: broker.depth(name) for name in ("otp.send", "otp.dead")}
    return {name: depth for name, depth in left.items() if depth}


def require_all(what, database, broker, stub, jobs, first):
    """Final rows = posts = distinct numbers = jobs, and nothing is left on the queue."""
    found = {
        "final rows": database.one(FINAL[what], first, first + jobs), "posts": stub.counts()["posts"],
        "distinct numbers": stub.counts()["numbers"],
    }
    left = left_on_queues(broker)
    if left or any(count != jobs for count in found.values()):
        raise RuntimeError(f"a run of {jobs} jobs is not whole: {found}, left on the queues: {left}")


def drain(bench, what, jobs, latency_ms, name, *, database=None, workers=1, tls=False, cores=None, first=FIRST_NUMBER, during=None):
    """Jobs that wait on the queue, until all are done. `what`: worker or probe. `database`: another than one made for the run.
    `cores`: each worker's own. `during(program)` is called when it is under way."""
    stub = bench.tls_stub if tls else bench.stub
    yardstick = processes.yardstick_ms()
    with contextlib.ExitStack() as stack:
        broker = stack.enter_context(bench.broker())
        if database is None:
            database = stack.enter_context(bench.database(narrow=what == "probe"))
        bench.publish(broker, jobs, first)
        await_that(lambda: broker.depth("otp.send") == jobs, "all jobs wait on the queue")
        stub.reset(latency_ms)
        if what == "probe":
            programs = [bench.start_probe(broker, database, jobs, IN_FLIGHT)]
        else:
            cores = cores or [None] * workers
            programs = [bench.start_worker(broker, database, tls, core, IN_FLIGHT) for core in cores]
        for program in programs:
            stack.callback(program.end)
        begun = first_done(stub, jobs)
        cpu_begun, wal_begun = bench.cpu(worker=programs), database.one(WAL)
        if during:
            during(programs[0])
        counts, marks = watch(stub, programs, jobs, 60 + jobs / 500)
        cpu = bench.cpu(worker=programs)
        memory = max([processes.memory_mb(program.pid, "VmHWM") for program in programs] + [mb for _, mb in marks.memory])
        await_that(lambda: database.one(FINAL[what], first, first + jobs) >= jobs, "all ends are stored", 60, 0.1)
        for program in programs:
            if what == "probe":
                program.process.wait(60)
            program.require_good_end()
        require_all(what, database, broker, stub, jobs, first)
        wal = database.one(WAL) - wal_begun
        done = jobs - begun["posts"]
        return {
            "name": name, "jobs": jobs, "yardstick_ms": yardstick, "memory_mb": memory,
            "rate": done * 1e6 / (counts["last_us"] - begun["last_us"]),
            "cpu_us": {group: (cpu[group] - cpu_begun[group]) * 1e6 / done for group in WORK},
            "wal_bytes": wal / done, "marks": marks.done, "memory": marks.memory, "series": stub.series()[:-1],
        }


def stale(bench, jobs, name):
    """Jobs that waited for longer than they live, until all are told as expired and none was sent."""
    yardstick = processes.yardstick_ms()
    with contextlib.ExitStack() as stack:
        broker = stack.enter_context(bench.broker())
        database = stack.enter_context(bench.database())
        bench.publish(broker, jobs, age=STALE_AGE)
        await_that(lambda: broker.depth("otp.send") == jobs, "all jobs wait on the queue")
        bench.stub.reset(0)
        cpu_begun = bench.cpu(worker=[])
        worker = bench.start_worker(broker, database, concurrency=IN_FLIGHT)
        stack.callback(worker.end)
        await_that(lambda: broker.depth("otp.send") == 0, "all were taken", 60 + jobs / 500, 0.1)
        await_that(lambda: database.one(EXPIRED) == jobs, "all ends are stored", 60, 0.1)
        cpu = bench.cpu(worker=[worker])
        worker.require_good_end()
        left, posts = left_on_queues(broker), bench.stub.counts()["posts"]
        if left or posts:
            raise RuntimeError(f"of {jobs} jobs that came too late {posts} were sent, and left on the queues: {left}")
        return {
            "name": name, "jobs": jobs, "yardstick_ms": yardstick, "rate": database.one(EXPIRED_RATE),
            "cpu_us": {group: (cpu[group] - cpu_begun[group]) * 1e6 / jobs for group in WORK},
        }


def percentiles(database, first, jobs):
    found = database.rows(LATENCY, first, first + jobs, first, first + jobs)[0]
    return {"p50_ms": found["ms"][0], "p99_ms": found["ms"][1], "jobs": found["jobs"]}


def latency_series(database, first, jobs):
    """p50 and p99 over time, by quarters of a second."""
    by_time = {}
    for row in database.rows(LATENCY_SERIES, first, first + jobs):
        by_time.setdefault(float(row["at"]), []).append(float(row["ms"]))
    series = {"p50": [], "p99": []}
    for at in sorted(by_time):
        values = sorted(by_time[at])
        series["p50"].append((at, values[len(values) // 2]))
        series["p99"].append((at, values[-(-99 * len(values) // 100) - 1]))
    return series


def paced(bench, broker, database, rate, seconds, first):
    """Publishes at a rate while the worker runs; from publishing to the end that is stored, in milliseconds."""
    jobs = int(rate * seconds)
    bench.publish(broker, jobs, first, rate)
    await_that(lambda: database.one(FINAL["worker"], first, first + jobs) >= jobs, "all ends are stored", 60, 0.1)
    return jobs


def latency(bench, rates, seconds, name):
    """One job alone, ten times a second, and then the others of `rates` (by name), all with the same worker."""
    yardstick = processes.yardstick_ms()
    with contextlib.ExitStack() as stack:
        broker = stack.enter_context(bench.broker())
        database = stack.enter_context(bench.database())
        bench.stub.reset(0)
        worker = bench.start_worker(broker, database, concurrency=IN_FLIGHT)
        stack.callback(worker.end)
        first, total, found = FIRST_NUMBER, 0, {"name": name, "yardstick_ms": yardstick}
        paced(bench, broker, database, 200, 2, first)  # plans and connections are made
        first += 400
        total += 400
        for what, rate in rates.items():
            cpu_before = bench.cpu(worker=[worker])
            jobs = paced(bench, broker, database, rate, seconds, first)
            cpu = bench.cpu(worker=[worker])
            found[what] = {
                **percentiles(database, first, jobs), "rate": rate, "series": latency_series(database, first, jobs),
                "cpu_us": {group: (cpu[group] - cpu_before[group]) * 1e6 / jobs for group in WORK},
            }
            first += jobs
            total += jobs
        worker.require_good_end()
        require_all("worker", database, broker, bench.stub, total, FIRST_NUMBER)
        return found


def live(bench, jobs, name):
    """Jobs a second where they are published meanwhile, as fast as the broker takes them: the most a live system does."""
    yardstick = processes.yardstick_ms()
    with contextlib.ExitStack() as stack:
        broker = stack.enter_context(bench.broker())
        database = stack.enter_context(bench.database())
        bench.stub.reset(0)
        worker = bench.start_worker(broker, database, concurrency=IN_FLIGHT)
        stack.callback(worker.end)
        paced(bench, broker, database, 200, 1, FIRST_NUMBER)
        bench.stub.reset(0)
        first = FIRST_NUMBER + 200
        bench.publish(broker, jobs, first)
        counts, _ = watch(bench.stub, [worker], jobs, 60 + jobs / 500)
        await_that(lambda: database.one(FINAL["worker"], first, first + jobs) >= jobs, "all ends are stored", 60, 0.1)
        worker.stop()
        require_all("worker", database, broker, bench.stub, jobs, first)
        return {"name": name, "jobs": jobs, "yardstick_ms": yardstick, "rate": jobs * 1e6 / (counts["last_us"] - counts["first_us"])}
