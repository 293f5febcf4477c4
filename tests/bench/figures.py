"""What is made of measurements: medians, ratios, the goals they are held against, and the tables that are printed. Pure."""

import statistics

# key: (what it is, unit, goal, at least, whether more is better). Without a goal the floor alone counts.
GOALS = {
    "worker_over_probe": ("jobs/s over the bare probe, provider at 0 ms", "", 0.4, 0.28, True),
    "worker_over_probe_50ms": ("the same at 50 ms", "", 0.6, 0.45, True),
    "worker_cpu_us": ("worker CPU per job", "us", 30, 45, False),
    "postgres_cpu_us": ("PostgreSQL CPU per job", "us", 50, 75, False),
    "latency_ratio": ("p50 at half of the maximum over that of one job alone", "", 1.5, 2.5, False),
    "worker_memory_mb": ("memory of a worker at full load", "MB", 24, 40, False),
    "checks_over_probe": ("checks/s over the batched probe", "", 0.6, 0.4, True),
    "check_p99_ms": ("check p99 at half of the maximum", "ms", 3, 5, False),
    "large_over_empty": ("cost per job, large tables over empty ones", "", 1.15, 1.35, False),
    "stale_rate": ("jobs that came too late, ended a second", "", None, 10000, True),
    "drain_end_over_start": ("drain: rate at the end over rate at the start", "", 0.95, 0.9, True),
    "two_over_one": ("two workers over one", "", None, 0.95, True),
    "tls_over_plain": ("TLS everywhere over plain, provider at 50 ms", "", 0.85, 0.75, True),
}

# Below this part of what broker, database and stub allow, the probe is no mark to be held against.
LEAST_OF_PROBE = 0.8
# A moment is slow when a fixed piece of work takes so many times its median.
SLOW = 1.25


def median(values):
    return statistics.median(values) if values else None


def spread(values):
    """Greatest over least: 1 where all agree."""
    return max(values) / min(values) if values and min(values) > 0 else None


def ratios(above, below):
    """Of runs that stood beside each other, pair by pair."""
    if len(above) != len(below):
        raise ValueError(f"{len(above)} runs against {len(below)}: they go in pairs")
    return [a / b for a, b in zip(above, below)]


def verdict(key, value):
    """ "goal", "ok" (at least the floor) or "MISSED"."""
    _, _, goal, least, more_is_better = GOALS[key]

    def reaches(mark):
        return value >= mark if more_is_better else value <= mark

    if goal is not None and reaches(goal):
        return "goal"
    return "ok" if reaches(least) else "MISSED"


def bound_per_second(cores, cpu_us):
    """Jobs a second where so many microseconds of each core are all that there is to do."""
    return cores * 1e6 / sum(cpu_us)


def windows_ratio(marks, start=(0.05, 0.15), end=(0.85, 0.95)):
    """Rate in the last window over that in the first. `marks`: (seconds, jobs done by then), rising; windows are parts of all jobs."""
    total = marks[-1][1]

    def rate(window):
        inside = [(t, n) for t, n in marks if window[0] * total <= n <= window[1] * total]
        if len(inside) < 2:
            raise ValueError(f"too few marks between {window[0]:.0%} and {window[1]:.0%} of {total} jobs")
        return (inside[-1][1] - inside[0][1]) / (inside[-1][0] - inside[0][0])

    return rate(end) / rate(start)


def slow_moments(runs):
    """Names of the runs before which a fixed piece of work took conspicuously long."""
    usual = median([run["yardstick_ms"] for run in runs])
    return [run["name"] for run in runs if run["yardstick_ms"] > SLOW * usual]


def short(value):
    if value is None:
        return "-"
    if isinstance(value, str):
        return value
    if abs(value) >= 1000:
        return f"{value:,.0f}"
    return f"{value:.3g}"


def table(head, rows):
    """Columns as wide as their longest cell; all but the first to the right."""
    cells = [head, *[[short(cell) for cell in row] for row in rows]]
    widths = [max(len(row[i]) for row in cells) for i in range(len(head))]
    lines = []
    for row in cells:
        first, *rest = (cell.ljust(w) if i == 0 else cell.rjust(w) for i, (cell, w) in enumerate(zip(row, widths)))
        lines.append("  ".join([first, *rest]).rstrip())
    lines.insert(1, "-" * max(map(len, lines)))
    return "\n".join(lines)


def goals_table(figures):
    """`figures`: key to values, one for each repetition."""
    rows = []
    for key, (what, unit, goal, least, _) in GOALS.items():
        if key not in figures:
            continue
        value = median(figures[key])
        rows.append([f"{what}, {unit}" if unit else what, value, spread(figures[key]), goal, least, verdict(key, value)])
    return table(["figure", "measured", "spread", "goal", "at least", ""], rows)


def measures_table(measures):
    """`measures`: what to values."""
    return table(["measured", "median", "least", "most"], [[k, median(v), min(v), max(v)] for k, v in measures.items() if v])


def missed(figures):
    return [key for key, values in figures.items() if verdict(key, median(values)) == "MISSED"]


def compare(before, after):
    """A table of two reports: both medians and their ratio, for what both have."""
    rows = []
    for part in ("figures", "measures"):
        for key, values in before[part].items():
            if after[part].get(key) and values:
                one, other = median(values), median(after[part][key])
                name = GOALS[key][0] if key in GOALS else key
                rows.append([name, one, other, other / one if one else None])
    return table(["", "A", "B", "B over A"], rows)
