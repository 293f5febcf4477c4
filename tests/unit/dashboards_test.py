"""The dashboards of deploy/grafana are what their source makes, and ask for metrics and labels that there are, in expressions that Prometheus
takes."""
import importlib.util
import json
import re
import subprocess
import sys
import unittest

from documented_metrics import ROOT, base_of, documented, faults_of

FOLDER = ROOT / "deploy" / "grafana"


def load_source():
    spec = importlib.util.spec_from_file_location("dashboards", FOLDER / "dashboards.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def boards():
    return {path.stem: json.loads(path.read_text()) for path in sorted(FOLDER.glob("*.json"))}


def queries():
    """(board, panel, expression, legend)."""
    return [(name, panel["title"], target["expr"], target["legendFormat"])
            for name, board in boards().items() for panel in board["panels"] for target in panel["targets"]]


class the_dashboards(unittest.TestCase):
    def test_are_what_their_source_makes(self):
        said = subprocess.run([sys.executable, FOLDER / "dashboards.py", "--check"], capture_output=True, text=True, timeout=60)
        self.assertEqual((said.returncode, said.stderr), (0, ""), "run deploy/grafana/dashboards.py")
        self.assertEqual(set(boards()), set(load_source().BOARDS))

    def test_ask_for_metrics_and_labels_that_there_are(self):
        metrics = documented()
        self.assertGreater(len(queries()), 50)
        for board, panel, expression, legend in queries():
            with self.subTest(f"{board}: {panel}"):
                self.assertEqual(faults_of(expression, metrics), [])
                grouped = re.search(r"\bby \(([^)]*)\)", expression)
                kept = set(re.findall(r"\w+", grouped[1])) if grouped else {"job", "instance"}
                self.assertLessEqual(set(re.findall(r"{{(\w+)}}", legend)), kept)

    def test_show_every_metric_but_those_of_the_sandbox(self):
        shown = {base_of(name, documented()) for _, _, expression, _ in queries() for name in re.findall(r"\botp_\w+", expression)}
        missing = {one.name for one in documented().values() if one not in shown and one.programs != {"otp-sandbox"}}
        self.assertEqual(missing, set())

    def test_are_made_of_expressions_that_prometheus_takes(self):
        lines = ["groups: [{name: queries, rules: ["]
        for number, (_, _, expression, _) in enumerate(queries()):
            lines.append(f"{{record: 'q{number}', expr: {json.dumps(expression.replace('$__rate_interval', '1m'))}}},")
        rules = "\n".join([*lines, "]}]"])
        said = subprocess.run(["promtool", "check", "rules", "/dev/stdin"], input=rules, capture_output=True, text=True, timeout=60)
        self.assertEqual(said.returncode, 0, said.stdout + said.stderr)
        self.assertIn(f"{len(queries())} rules found", said.stdout)

    def test_lay_their_panels_out_without_overlap(self):
        for name, board in boards().items():
            taken = set()
            for panel in board["panels"]:
                place = panel["gridPos"]
                cells = {(x, y) for x in range(place["x"], place["x"] + place["w"]) for y in range(place["y"], place["y"] + place["h"])}
                self.assertFalse(taken & cells, f"{name}: {panel['title']}")
                self.assertLessEqual(place["x"] + place["w"], 24)
                taken |= cells


class the_check_of_expressions(unittest.TestCase):
    def test_finds_what_is_wrong(self):
        metrics = documented()
        for expression in ("rate(otp_jobs_took_total[5m])", "sum by (tenant) (otp_ready)", 'otp_ready{pool="begin"}', "otp_jobs_taken_total",
                           "rate(otp_queue_wait_seconds[5m])", "rate(otp_jobs_taken_total_bucket[5m])"):
            self.assertNotEqual(faults_of(expression, metrics), [], expression)
        self.assertEqual(faults_of('sum by (check) (otp_ready{job="a", check!="b"})', metrics), [])


if __name__ == "__main__":
    unittest.main()
