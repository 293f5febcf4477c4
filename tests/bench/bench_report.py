"""What the steps found, and how it is told."""

import time

import figures
from picture import Panel


def panels(series):
    """Charts of what there is. `series`: name to points."""

    def those(prefix):
        return {name[len(prefix):]: points for name, points in series.items() if name.startswith(prefix)}

    wanted = [
        ("jobs/s, provider at 0 ms", "0ms "), ("jobs/s, provider at 50 ms", "50ms "), ("long drain: jobs/s", "drain "),
        ("long drain: memory of the worker, MB", "memory "), ("from publishing to the stored end, ms", "latency "),
        ("checks/s", "checks "), ("p99 of checks at half of the maximum, ms", "check-p99 "),
    ]
    return [Panel(title, those(prefix)) for title, prefix in wanted if those(prefix)]


class Report:
    """Lists are by repetition: `figures` those that have goals, `measures` what they are made of."""

    def __init__(self, machine, quick):
        self.machine = machine
        self.quick = quick
        self.at = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime())
        self.figures = {}
        self.measures = {}
        self.series = {}
        self.runs = []
        self.notes = []
        self.limits = {}

    def run(self, found):
        """Notes a run, says a line of it, and returns it."""
        self.runs.append({name: value for name, value in found.items() if not isinstance(value, list)})
        parts = [f"{found['name']:<44}"]
        if "rate" in found:
            parts.append(f"{found['rate']:>9,.0f}/s")
        if "p50_ms" in found:
            parts.append(f"p50 {found['p50_ms']:.2f} p99 {found['p99_ms']:.2f} ms")
        if "cpu_us" in found:
            parts.append(" ".join(f"{group} {us:.1f}" for group, us in found["cpu_us"].items() if us >= 0.05) + " us")
        if "memory_mb" in found:
            parts.append(f"{found['memory_mb']:.1f} MB")
        print("  ".join(parts), flush=True)
        return found

    def measure(self, name, value):
        self.measures.setdefault(name, []).append(value)

    def figure(self, key, value):
        self.figures.setdefault(key, []).append(value)

    def conclude(self):
        """What can be said only when all is measured."""
        slow = figures.slow_moments(self.runs)
        if slow:
            self.notes.append("The machine was slow before: " + ", ".join(slow))
        self.judge_probe()

    def judge_probe(self):
        rates = self.measures.get("probe jobs/s, 0 ms")
        if not rates or not {"consume", "store", "post"} <= self.limits.keys():
            return
        parts = [
            figures.median([run["cpu_us"][server] + run["cpu_us"]["client"] for run in self.limits[name]])
            for name, server in (("consume", "rabbitmq"), ("store", "postgres"), ("post", "stub"))
        ]
        bound = figures.bound_per_second(self.machine["cores"], parts)
        share = figures.median(rates) / bound
        self.measure("bound by broker, table, stub and their cheapest clients, jobs/s", bound)
        self.measure("probe over that bound", share)
        if share < figures.LEAST_OF_PROBE:
            self.notes.append(
                f"THE PROBE IS AT FAULT: it reaches {share:.2f} of what broker, table and stub allow, and should reach "
                f"{figures.LEAST_OF_PROBE}; ratios to it flatter the worker."
            )

    def text(self):
        parts = []
        if self.measures:
            parts.append(figures.measures_table(self.measures))
        if self.figures:
            parts.append(figures.goals_table(self.figures))
        return "\n\n".join([*parts, *self.notes])

    def as_json(self):
        return {
            "at": self.at, "quick": self.quick, "machine": self.machine, "figures": self.figures, "measures": self.measures,
            "notes": self.notes, "runs": self.runs, "series": self.series,
        }
