"""What docs/metrics.md says of each metric, and whether a PromQL expression keeps to it."""
import pathlib
import re
from typing import NamedTuple

ROOT = pathlib.Path(__file__).resolve().parents[2]
PROGRAMS = {"W": "otp-worker", "V": "otp-verify", "S": "otp-sandbox"}
SCRAPED = {"job", "instance"}  # Prometheus adds them


class Metric(NamedTuple):
    name: str
    type: str
    programs: frozenset
    labels: frozenset


def documented():
    """By name."""
    found = {}
    for line in (ROOT / "docs" / "metrics.md").read_text().splitlines():
        cells = [cell.strip() for cell in line.split(" | ")]
        if not line.startswith("| `otp_"):
            continue
        name, kind, letters, labels = cells[0].strip("|` "), cells[1], cells[2], cells[3]
        if name in found:
            raise AssertionError(name + " stands twice in docs/metrics.md")
        found[name] = Metric(name, kind, frozenset(PROGRAMS[letter] for letter in letters.split()),
                             frozenset(re.findall(r"`(\w+)`", labels)))
    return found


def faults_of(expression, metrics):
    """What is wrong with an expression: names and labels that are not there, counters that are not looked at as such."""
    faults, known_labels = [], set(SCRAPED)
    bare = re.sub(r'"[^"]*"|\$\w+', '""', expression)
    for use in re.finditer(r"\b(otp_\w+)(\{[^}]*\})?", bare):
        metric, labels = base_of(use[1], metrics), set(SCRAPED)
        if metric is None:
            faults.append(use[1] + " is not in docs/metrics.md")
            continue
        labels |= metric.labels | ({"le"} if use[1].endswith("_bucket") else set())
        known_labels |= labels
        for label in re.findall(r"(\w+)\s*(?:=~|!~|!=|=)", use[2] or ""):
            if label not in labels:
                faults.append(f"{use[1]} has no label {label}")
        looked_at = re.search(r"\b(?:(?:rate|increase|absent|count)\s*\(|count by \([^)]*\) \(|unless )$", bare[:use.start()])
        if metric.type != "gauge" and not looked_at:
            faults.append(f"{use[1]} is a {metric.type}: ask for its rate() or increase()")
    for group in re.findall(r"\b(?:by|on|without|ignoring)\s*\(([^)]*)\)", bare):
        faults += [f"no metric here has a label {one}" for one in re.findall(r"\w+", group) if one not in known_labels]
    return faults


def base_of(name, metrics):
    if name in metrics:
        return metrics[name] if metrics[name].type != "histogram" else None
    base = metrics.get(re.sub(r"_(bucket|sum|count)$", "", name))
    return base if base and base.type == "histogram" else None
