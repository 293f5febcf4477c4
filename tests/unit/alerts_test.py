"""Each alert of deploy/prometheus fires where it should and is silent on a good day, names metrics that there are, and leads to a page that
says what to do. promtool is Debian's (package prometheus)."""
import re
import subprocess
import unittest

import yaml

from documented_metrics import ROOT, documented, faults_of

FOLDER = ROOT / "deploy" / "prometheus"
PLAYS = ["alerts_test.yaml", "alerts_day_test.yaml"]


def rules():
    return [rule for group in yaml.safe_load((FOLDER / "alerts.yaml").read_text())["groups"] for rule in group["rules"]]


def plays():
    return [test for name in PLAYS for test in yaml.safe_load((FOLDER / name).read_text())["tests"]]


def promtool(*arguments):
    return subprocess.run(["promtool", *arguments], cwd=FOLDER, capture_output=True, text=True, timeout=200)


class the_alerts(unittest.TestCase):
    def test_are_rules_that_prometheus_takes(self):
        said = promtool("check", "rules", "alerts.yaml")
        self.assertEqual(said.returncode, 0, said.stdout + said.stderr)

    def test_fire_where_they_should_and_are_silent_on_a_good_day(self):
        said = promtool("test", "rules", *PLAYS)
        self.assertEqual(said.returncode, 0, said.stdout + said.stderr)

    def test_a_play_that_expects_something_else_fails(self):
        """Else the test above would prove nothing."""
        wrong = FOLDER / "alerts_test.yaml"
        text = wrong.read_text().replace("severity: page", "severity: ticket", 1).replace("[alerts.yaml]", f"[{FOLDER}/alerts.yaml]")
        said = subprocess.run(["promtool", "test", "rules", "/dev/stdin"], input=text, capture_output=True, text=True, timeout=200)
        self.assertNotEqual(said.returncode, 0)
        self.assertIn("OtpQueueStalled", said.stdout + said.stderr)

    def test_each_is_played_firing_and_on_the_good_day(self):
        names = [rule["alert"] for rule in rules()]
        self.assertEqual(len(names), len(set(names)))
        checks = [(test["name"], check) for test in plays() for check in test["alert_rule_test"]]
        firing = {check["alertname"] for _, check in checks if check.get("exp_alerts")}
        silent = {check["alertname"] for name, check in checks if name == "a good day" and not check.get("exp_alerts")}
        self.assertEqual((firing, silent), (set(names), set(names)))

    def test_each_says_what_happens_how_bad_it_is_and_where_to_read_on(self):
        for rule in rules():
            with self.subTest(rule["alert"]):
                self.assertEqual(set(rule["annotations"]), {"summary", "description", "runbook"})
                self.assertIn(rule["labels"]["severity"], ("page", "ticket"))

    def test_each_has_its_entry_in_the_operators_page(self):
        page = (ROOT / "docs" / "operations.md").read_text()
        headings = {re.sub(r"[^a-z0-9 _-]", "", title.lower()).replace(" ", "-")
                    for title in re.findall(r"^#+ (.*)$", page, re.MULTILINE)}
        for rule in rules():
            path, _, anchor = rule["annotations"]["runbook"].partition("#")
            self.assertEqual((path, anchor), ("docs/operations.md", rule["alert"].lower()))
            self.assertIn(anchor, headings)
        alerts = page[page.index("## Alerts\n"):]
        explained = set(re.findall(r"^### (\w+)$", alerts[: alerts.index("\n## ", 1)], re.MULTILINE))
        self.assertEqual(explained, {rule["alert"] for rule in rules()}, "left: docs/operations.md, right: alerts.yaml")

    def test_each_names_metrics_and_labels_that_there_are(self):
        metrics = documented()
        for rule in rules():
            with self.subTest(rule["alert"]):
                self.assertEqual(faults_of(rule["expr"], metrics), [])
                words = " ".join([*rule["annotations"].values(), *rule["labels"].values()])
                for label in re.findall(r"\$labels\.(\w+)", words):
                    self.assertRegex(rule["expr"], rf"\bby \([^)]*\b{label}\b|^resets\(|^up\{{|^otp_process", label)

    def test_the_series_of_the_plays_are_ones_that_programs_show(self):
        metrics = documented()
        for test in plays():
            for series in test["input_series"]:
                name = series["series"]
                if not name.startswith("up{"):
                    faults = [one for one in faults_of(name, metrics) if "ask for its" not in one]
                    self.assertEqual(faults, [], test["name"])

    def test_the_example_of_a_configuration_is_one(self):
        said = promtool("check", "config", "prometheus.yaml")
        self.assertEqual(said.returncode, 0, said.stdout + said.stderr)


if __name__ == "__main__":
    unittest.main()
