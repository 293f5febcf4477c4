#!/usr/bin/python3
"""What begin, finish and check cost the server, in CPU of all its processes, and in WAL, for one job.

usage: statement_cost.py [--database NAME] [--jobs N] [--batch N,N] [--repeat N] [--ids 7|4] [--ip] [--checks] [--empty]

Needs DATABASE_URL (superuser), WORKER_DATABASE_URL and POSTGRES_DATA_DIR, as `scripts/devstack env` gives them. --database is made and
migrated where it is missing, else measured as it is: fill it by tests/bench/fill_tables.sql; --empty makes it anew. Numbers are random.
Of the repetitions the median is printed, with the least and the most.
"""
import argparse
import os
import random
import statistics
import sys
import time
import uuid

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "integration"))
import psycopg2  # noqa: E402

from prepared_calls import BEGIN, CHECK, FINISH, Connection, begin_parameters, check_parameters, finish_parameters  # noqa: E402
from store_database import apply_migrations, new_id, tag  # noqa: E402

TICKS = os.sysconf("SC_CLK_TCK")
TAG = tag("a code")


class Server:
    def __init__(self):
        with open(os.path.join(os.environ["POSTGRES_DATA_DIR"], "postmaster.pid"), encoding="ascii") as file:
            self.postmaster = file.readline().strip()

    def cpu(self):
        """Seconds of the postmaster, of its children, and of those that have ended."""
        total = 0
        for process in os.listdir("/proc"):
            if not process.isdigit():
                continue
            try:
                with open(f"/proc/{process}/stat", encoding="utf-8") as file:
                    fields = file.read().rsplit(")", 1)[1].split()
            except OSError:
                continue        # ended meanwhile
            if process == self.postmaster:
                total += sum(map(int, fields[11:15]))
            elif fields[1] == self.postmaster:
                total += sum(map(int, fields[11:13]))
        return total / TICKS


def of_database(url, name):
    return url.rsplit("/", 1)[0] + "/" + name


def prepare_database(name, anew):
    admin = psycopg2.connect(os.environ["DATABASE_URL"])
    admin.autocommit = True
    with admin.cursor() as cursor:
        if anew:
            cursor.execute(f'drop database if exists "{name}" with (force)')
        cursor.execute("select 1 from pg_database where datname = %s", (name,))
        missing = not cursor.fetchall()
        if missing:
            cursor.execute(f'create database "{name}"')
    admin.close()
    if missing:
        apply_migrations(name)


def new_jobs(many, ids, ip):
    # No number of these ends in 7: those are fill_tables.sql's.
    return [dict(id=str(uuid.uuid4()) if ids == 4 else new_id(), tenant="acme", purpose="login", user="u-1842", verification=new_id(), tag=TAG,
                 number="+1%09d%d" % (random.randrange(200000000, 1000000000), random.choice((0, 1, 2, 3, 4, 5, 6, 8, 9))),
                 ip="10.0.%d.%d" % (random.randrange(64), random.randrange(256)) if ip else None, requested=time.time())
            for _ in range(many)]


def batches(many, size, given):
    made = []
    for number in range(max(many // size, 1)):
        owner = f"worker-1 {number}"
        jobs = sorted({j["number"]: j for j in new_jobs(size, given.ids, given.ip)}.values(), key=lambda j: j["id"])
        made.append((jobs, begin_parameters(jobs, owner), finish_parameters(jobs, owner)))
    return made


def expect(rows, column, answer):
    others = {r[column] for r in rows} - {answer}
    if others:
        raise RuntimeError(f"answers beside {answer}: {others}")


class Measured:
    """CPU and WAL of what is done in it, for each of many."""

    def __init__(self, server, watch, many):
        self.server, self.watch, self.many = server, watch, many

    def lsn(self):
        return int(self.watch.sql("select pg_wal_lsn_diff(pg_current_wal_insert_lsn(), '0/0')::bigint")[0][0])

    def __enter__(self):
        self.wal, self.used, self.at = self.lsn(), self.server.cpu(), time.monotonic()
        return self

    def __exit__(self, *_):
        self.seconds = time.monotonic() - self.at
        self.used = (self.server.cpu() - self.used) * 1e6 / self.many
        self.wal = (self.lsn() - self.wal) / self.many


def report(what, runs):
    used = [r.used for r in runs]
    print(f"{what:28} {statistics.median(used):7.1f} us ({min(used):.1f} to {max(used):.1f})  "
          f"{statistics.median(r.many / r.seconds for r in runs):8.0f}/s  {statistics.median(r.wal for r in runs):6.0f} B of WAL", flush=True)


def measure_sends(given, size, server, worker, watch):
    begun, ended = [], []
    for repetition in range(given.repeat + 1):
        work = batches(given.jobs if repetition else given.jobs // 4, size, given)
        many = sum(len(jobs) for jobs, _, _ in work)
        with Measured(server, watch, many) as begin:
            for _, parameters, _ in work:
                expect(worker.run("begin", parameters), 1, b"send")
        with Measured(server, watch, many) as finish:
            for _, _, parameters in work:
                expect(worker.run("finish", parameters), 1, b"ok")
        if repetition:      # the first warms up
            begun.append(begin)
            ended.append(finish)
    report(f"begin, batches of {size}", begun)
    report(f"finish, batches of {size}", ended)
    print(f"{'together':28} {statistics.median(a.used + b.used for a, b in zip(begun, ended)):7.1f} us", flush=True)


def measure_checks(given, size, server, worker, verify, watch):
    for right in (True, False):
        runs = []
        for _ in range(given.repeat):
            work = batches(given.jobs, size, given)
            for _, parameters, _ in work:
                expect(worker.run("begin", parameters), 1, b"send")
            checks = [check_parameters(jobs, right) for jobs, _, _ in work]
            with Measured(server, watch, sum(len(jobs) for jobs, _, _ in work)) as run:
                for parameters in checks:
                    expect(verify.run("check", parameters), 0, b"approved" if right else b"wrong")
            runs.append(run)
        report(f"{'right' if right else 'wrong'} checks, batches of {size}", runs)


def main():
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("--database", default="otp_cost")
    options.add_argument("--jobs", type=int, default=12800)
    options.add_argument("--batch", default="128")
    options.add_argument("--repeat", type=int, default=5)
    options.add_argument("--ids", type=int, choices=(4, 7), default=7)
    options.add_argument("--ip", action="store_true")
    options.add_argument("--checks", action="store_true")
    options.add_argument("--empty", action="store_true")
    given = options.parse_args()
    prepare_database(given.database, given.empty)
    server = Server()
    watch = Connection(of_database(os.environ["DATABASE_URL"], given.database))
    worker = Connection(of_database(os.environ["WORKER_DATABASE_URL"], given.database))
    verify = Connection(of_database(os.environ["VERIFY_DATABASE_URL"], given.database))
    for connection, name, text in ((worker, "begin", BEGIN), (worker, "finish", FINISH), (verify, "check", CHECK)):
        connection.prepare(name, text)
    if given.empty:         # some rows and statistics, so that plans are what they are in service
        for _, begin, finish in batches(2560, 128, given):
            worker.run("begin", begin)
            worker.run("finish", finish)
        watch.sql("vacuum analyze")
        for connection in (worker, verify):
            connection.sql("discard plans")
    for size in map(int, given.batch.split(",")):
        if given.checks:
            measure_checks(given, size, server, worker, verify, watch)
        else:
            measure_sends(given, size, server, worker, watch)


if __name__ == "__main__":
    main()
