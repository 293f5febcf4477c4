"""What each part can do alone: the broker, the narrow table, the stub, and the store's own statements by pgbench."""

import json
import os
import re
import subprocess

import check_runs
import processes
from bench_stack import tool, with_query
from programs import ROOT, await_that, environment, need, with_path

PGBENCH = "/usr/lib/postgresql/15/bin/pgbench"


def measured(bench, name, count, words, settings):
    """Units a second, and CPU of each group per unit; `client` is the program itself."""
    yardstick = processes.yardstick_ms()
    before, spent = bench.cpu(), os.times()
    done = subprocess.run(words, env=environment(settings), capture_output=True, text=True, timeout=280)
    after, by_now = bench.cpu(), os.times()
    if done.returncode != 0:
        raise RuntimeError(f"{name}: {done.stderr[-2000:]}")
    client = by_now.children_user + by_now.children_system - spent.children_user - spent.children_system
    cpu = {**{group: after[group] - before[group] for group in after}, "client": client}
    return {
        "name": name, "yardstick_ms": yardstick, "output": done.stdout,
        "cpu_us": {group: seconds * 1e6 / count for group, seconds in cpu.items()},
    }


def alone(bench, name, count, words, settings):
    run = measured(bench, name, count, [tool("bench_probe"), *words], settings)
    run["rate"] = count / json.loads(run.pop("output"))["seconds"]
    return run


def consume(bench, jobs):
    with bench.broker() as broker:
        bench.publish(broker, jobs)
        await_that(lambda: broker.depth("otp.send") == jobs, "all jobs wait on the queue")
        run = alone(bench, "RabbitMQ consume and ack", jobs, ["consume", str(jobs)], {"AMQP_URL": broker.url})
        if broker.depth("otp.send"):
            raise RuntimeError(f"{broker.depth('otp.send')} messages are left on the queue")
        return run


def store(bench, jobs, rows):
    with bench.database(narrow=True) as database:
        settings = {"DATABASE_URL": with_query(database.url, sslmode="disable")}
        run = alone(bench, f"narrow table, two commits per {rows} jobs", jobs, ["store", str(jobs), str(rows)], settings)
        if database.one("select count(*) from narrow_send where status = 1") != jobs:
            raise RuntimeError("the narrow table does not hold all jobs")
        return run


def post(bench, jobs):
    bench.stub.reset(0)
    run = alone(bench, "stub, POST at 64 connections", jobs, ["post", str(jobs), "64", bench.stub.address], {})
    counts = bench.stub.counts()
    if (counts["posts"], counts["numbers"]) != (jobs, jobs):
        raise RuntimeError(f"the stub counted {counts}")
    return run


def pgbench(bench, name, url, script, *, clients, calls, rows):
    """The script `calls` times by each client; `rows` jobs or checks in each call. `url` is of the program's own role, whose settings
    decide how its statements are planned."""
    words = [
        PGBENCH, "-n", "-M", "prepared", "-c", str(clients), "-j", "1", "-t", str(calls), "-D", f"rows={rows}", "-D", f"each={calls * rows}",
        "-D", "k=0", "-f", os.path.join(ROOT, "tests", "bench", script), with_query(url, sslmode="disable"),
    ]
    count = clients * calls * rows
    run = measured(bench, name, count, words, {})
    output = run.pop("output")
    found = re.search(r"number of transactions actually processed: (\d+)/", output)
    rate = re.search(r"tps = ([0-9.]+) \(without initial connection time\)", output)
    if not found or not rate or int(found.group(1)) != clients * calls:
        raise RuntimeError(f"pgbench did not run {clients * calls} transactions: {output}")
    run["rate"] = float(rate.group(1)) * rows
    return run


def warmed(bench, database, script, rows):
    """Plans of empty tables would be measured else."""
    pgbench(bench, "warming", database.worker_url, script, clients=1, calls=4, rows=rows)
    database.rows("analyze")


def sends(bench, jobs, rows):
    """begin_sends and finish_sends, in two commits for each batch."""
    with bench.database() as database:
        warmed(bench, database, "sends.pgbench", 16)
        database.rows("truncate otp.delivery, otp.delivery_attempt, otp.verification, otp.send_budget, otp.delivery_event")
        name = f"begin_sends and finish_sends, {rows} jobs a call"
        run = pgbench(bench, name, database.worker_url, "sends.pgbench", clients=2, calls=jobs // rows // 2, rows=rows)
        wanted = jobs // rows // 2 * 2 * rows
        if database.one("select count(*) from otp.delivery where status = 'sent'") != wanted:
            raise RuntimeError("pgbench did not send all jobs")
        return run


def checks(bench, count, rows, clients):
    """Wrong codes, one for each verification."""
    calls = count // rows // clients
    with bench.database() as database:
        check_runs.prepare(database, check_runs.codes(calls * rows * clients))
        name = f"check_codes, {rows} a call" if rows > 1 else f"check_codes, one by one, {clients} sessions"
        url = with_path(need("VERIFY_DATABASE_URL"), database.name)
        run = pgbench(bench, name, url, "checks.pgbench", clients=clients, calls=calls, rows=rows)
        if database.one("select count(*) from otp.verification where wrong_checks = 1") != calls * rows * clients:
            raise RuntimeError("pgbench did not check all codes")
        return run


def all_runs(bench, jobs):
    """Each once."""
    return {
        "consume": consume(bench, jobs), "store": store(bench, jobs, 256), "store50": store(bench, jobs, 50), "post": post(bench, 2 * jobs),
        "sends": sends(bench, jobs, 128), "checks": checks(bench, jobs // 2, 64, 1), "check": checks(bench, jobs // 4, 1, 32),
    }
