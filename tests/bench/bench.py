"""How fast worker and check endpoint are, as ratios to what this machine allows. scripts/bench is the way in."""

import argparse
import dataclasses
import json
import os
import signal
import sys
import time

import figures

PARTS = ("limits", "worker", "verify")


@dataclasses.dataclass
class Sizes:
    """How much each step does."""

    repetitions: int
    jobs: int  # of a drain
    slow_jobs: int  # of one at 50 ms
    seconds: int  # at each rate
    checks: int  # half of them wrong
    limits: int
    drain: int  # jobs of the long drain
    rows: int  # in each large table


FULL = Sizes(3, 60000, 60000, 10, 30000, 60000, 1000000, 10000000)
QUICK = Sizes(1, 10000, 10000, 3, 5000, 20000, 40000, 100000)


def arguments():
    parser = argparse.ArgumentParser(prog="scripts/bench", description=__doc__)
    parser.add_argument("words", nargs="*", metavar="PART", help="limits, worker, verify (all three); or: compare A.json B.json")
    parser.add_argument("--quick", action="store_true", help="one small repetition of everything, in under two minutes")
    parser.add_argument("--repetitions", type=int, help=f"of each step ({FULL.repetitions})")
    parser.add_argument("--jobs", type=int, help=f"of a drain ({FULL.jobs})")
    parser.add_argument("--drain", type=int, help=f"of the long drain ({FULL.drain}); 0: none")
    parser.add_argument("--rows", type=int, help=f"in each large table ({FULL.rows}); 0: no such step")
    parser.add_argument("--profile", action="store_true", help="only this: a flame graph of a worker at full load, by perf")
    parser.add_argument("--out", default=os.path.join("build", "bench"), help="folder for report.json, report.svg and the flame graph")
    given = parser.parse_args()
    if given.words and given.words[0] == "compare":
        if len(given.words) != 3:
            parser.error("compare needs two reports: compare A.json B.json")
    elif not set(given.words) <= set(PARTS):
        parser.error(f"the parts are {', '.join(PARTS)}")
    return given


def sizes_of(given):
    sizes = dataclasses.replace(QUICK if given.quick else FULL)
    if given.repetitions:
        sizes.repetitions = given.repetitions
    if given.jobs:
        sizes.jobs = sizes.slow_jobs = given.jobs
    if given.drain is not None:
        sizes.drain = given.drain
    if given.rows is not None:
        sizes.rows = given.rows
    return sizes


def machine():
    with open("/proc/cpuinfo", encoding="ascii", errors="replace") as file:
        models = [line.partition(":")[2].strip() for line in file if line.startswith("model name")]
    return {"cores": os.cpu_count(), "cpu": models[0] if models else "unknown", "kernel": os.uname().release}


def compare(one, other):
    reports = []
    for path in (one, other):
        with open(path, encoding="utf-8") as file:
            reports.append(json.load(file))
    print(figures.compare(*reports))
    return 0


def write(report, folder):
    from bench_report import panels  # pylint: disable=import-outside-toplevel
    import picture  # pylint: disable=import-outside-toplevel

    os.makedirs(folder, exist_ok=True)
    with open(os.path.join(folder, "report.json"), "w", encoding="utf-8") as file:
        json.dump(report.as_json(), file, indent=1)
    with open(os.path.join(folder, "report.svg"), "w", encoding="utf-8") as file:
        file.write(picture.svg("otp-worker under load", panels(report.series)))
    print(f"\n{folder}/report.json, {folder}/report.svg")


def main():
    given = arguments()
    if given.words[:1] == ["compare"]:
        return compare(*given.words[1:])
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    if signal.getsignal(signal.SIGHUP) != signal.SIG_IGN:  # as it is under nohup
        signal.signal(signal.SIGHUP, lambda *_: sys.exit(129))
    # They read the environment when they are imported.
    from bench_report import Report  # pylint: disable=import-outside-toplevel
    from bench_stack import Bench  # pylint: disable=import-outside-toplevel
    import bench_steps  # pylint: disable=import-outside-toplevel

    began = time.monotonic()
    report = Report(machine(), given.quick)
    bench = Bench(given.quick)
    report.machine["huge_pages"] = bench.has_huge_pages
    if not bench.has_huge_pages:
        report.notes.append("There are no huge pages to be had here: PostgreSQL's part of everything is dearer by a third to a half.")
    try:
        steps = bench_steps.Steps(bench, sizes_of(given), report)
        if given.profile:
            return steps.profile(given.out)
        for part in PARTS:
            if part in (given.words or PARTS):
                getattr(steps, part)()
    finally:
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):  # what was begun is taken down, whatever the haste
            signal.signal(number, signal.SIG_IGN)
        bench.close()
    report.conclude()
    print("\n" + report.text())
    write(report, given.out)
    print(f"took {time.monotonic() - began:.0f} s")
    return 1 if figures.missed(report.figures) and not given.quick else 0


if __name__ == "__main__":
    sys.exit(main())
