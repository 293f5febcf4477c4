"""The pictures of scripts/metrics-day: what Prometheus answered, as SVG that any browser reads."""
import importlib.machinery
import importlib.util
import math
import pathlib
import re
import sys
import unittest
import xml.etree.ElementTree

ROOT = pathlib.Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "scripts" / "lib"))
from draw_panel import draw, number, ticks  # noqa: E402


def load_metrics_day():
    path = str(ROOT / "scripts" / "metrics-day")
    loader = importlib.machinery.SourceFileLoader("metrics_day", path)
    module = importlib.util.module_from_spec(importlib.util.spec_from_loader("metrics_day", loader))
    loader.exec_module(module)
    return module


def elements(picture, tag):
    return xml.etree.ElementTree.fromstring(picture).findall(".//{http://www.w3.org/2000/svg}" + tag)


class a_picture(unittest.TestCase):
    def test_has_a_line_for_each_series_and_says_which_it_is(self):
        picture = draw("Jobs", "ops", [("sent", [(0, 1.0), (10, 2.0)]), ("failed <b>", [(0, 0.0), (10, 0.1)])], 0, 10)
        self.assertEqual(len(elements(picture, "polyline")), 2)
        texts = [one.text for one in elements(picture, "text")]
        for text in ("Jobs", "sent", "failed <b>", "00:00", "24:00"):
            self.assertIn(text, texts)

    def test_breaks_a_line_where_nothing_was_known(self):
        line = [(0, 1.0), (1, 1.0), (2, math.nan), (3, 1.0), (4, 1.0)]
        self.assertEqual(len(elements(draw("Gap", "short", [("a", line)], 0, 4), "polyline")), 2)

    def test_keeps_every_point_within_the_plot(self):
        picture = draw("Peak", "s", [("a", [(0, 0.0), (5, 7.3), (10, 0.2)])], 0, 10)
        ys = [float(point.split(",")[1]) for point in elements(picture, "polyline")[0].get("points").split()]
        self.assertGreaterEqual(min(ys), 40)
        self.assertLessEqual(max(ys), 272)

    def test_has_an_axis_where_everything_is_zero_or_nothing_is_known(self):
        self.assertEqual(ticks(0), [0, 1])
        for lines in ([("none", [(0, 0.0), (1, 0.0)])], [("unknown", [(0, math.nan)])]):
            self.assertIn("<svg", draw("Calm", "short", lines, 0, 1))

    def test_has_few_round_steps(self):
        for top in (0.003, 0.7, 1, 4.2, 99, 12345):
            steps = ticks(top)
            self.assertGreaterEqual(steps[-1], top * 0.999)
            self.assertLessEqual(len(steps), 7)

    def test_writes_figures_as_people_read_them(self):
        for value, unit, text in ((0.25, "percentunit", "25 %"), (0.004, "s", "4 ms"), (12, "s", "12 s"), (1500, "short", "1.5 k"),
                                  (3, "ops", "3/s"), (2.5e6, "bytes", "2.5 MB")):
            self.assertEqual(number(value, unit), text)


class the_short_day(unittest.TestCase):
    def test_looks_over_the_same_share_of_its_hours(self):
        day = load_metrics_day()
        self.assertEqual(day.compressed("rate(a[1h])", 300), "rate(a[12s])")
        self.assertEqual(day.compressed("rate(a[1d] offset 1h)", 288), "rate(a[288s] offset 12s)")

    def test_never_looks_over_less_than_some_scrapes(self):
        self.assertEqual(load_metrics_day().compressed("rate(a[$__rate_interval])", 300), "rate(a[8s])")

    def test_holds_every_rule_in_time_lapse_and_none_is_more_patient_than_it_was(self):
        rules = {rule["alert"]: rule for group in load_metrics_day().rules_of_the_day(360)["groups"] for rule in group["rules"]}
        alerts = (ROOT / "deploy" / "prometheus" / "alerts.yaml").read_text(encoding="utf-8")
        self.assertEqual(len(rules), alerts.count("- alert: "))
        self.assertEqual(rules["OtpProviderPausedLong"]["for"], "15s")
        self.assertEqual(rules["OtpBreakerOpen"]["for"], "6s", "three evaluations")
        self.assertIn("otp_text_segments_total[15s]", rules["OtpCostJump"]["expr"])
        self.assertIn("otp_text_segments_total offset 375s", rules["OtpCostJump"]["expr"])

    def test_draws_panels_that_the_dashboards_have(self):
        day = load_metrics_day()
        boards = day.load_dashboards()
        for board, titles in day.PANELS.items():
            self.assertLessEqual(set(titles), {panel["title"] for panel in getattr(boards, board)()})

    def test_has_its_pictures_in_the_documents(self):
        page = (ROOT / "docs" / "metrics.md").read_text(encoding="utf-8")
        linked = set(re.findall(r"\]\(pictures/([\w-]+\.svg)\)", page))
        self.assertEqual(linked, {path.name for path in (ROOT / "docs" / "pictures").glob("*.svg")})
        self.assertEqual(len(linked), sum(map(len, load_metrics_day().PANELS.values())))

    def test_names_a_line_by_its_labels(self):
        self.assertEqual(load_metrics_day().legend_of("99 % {{provider}}", {"provider": "twilio"}), "99 % twilio")
        self.assertEqual(load_metrics_day().legend_of("", {}), "all")


if __name__ == "__main__":
    unittest.main()
