"""What scripts/bench makes of its measurements."""

import os
import sys
import unittest
import xml.etree.ElementTree

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import figures  # noqa: E402
import flame  # noqa: E402
import picture  # noqa: E402


class Ratios(unittest.TestCase):
    def test_runs_are_divided_pair_by_pair(self):
        self.assertEqual(figures.ratios([10, 30], [20, 40]), [0.5, 0.75])

    def test_runs_without_a_partner_are_refused(self):
        with self.assertRaisesRegex(ValueError, "in pairs"):
            figures.ratios([1, 2], [1])

    def test_one_stray_run_moves_neither_median_nor_verdict(self):
        self.assertEqual(figures.median([0.41, 0.05, 0.42]), 0.41)

    def test_spread_is_the_greatest_over_the_least(self):
        self.assertEqual(figures.spread([2, 3, 4]), 2)
        self.assertIsNone(figures.spread([]))


class Verdicts(unittest.TestCase):
    def test_where_more_is_better_the_floor_is_a_least(self):
        words = [figures.verdict("worker_over_probe", value) for value in (0.4, 0.39, 0.28, 0.279)]
        self.assertEqual(words, ["goal", "ok", "ok", "MISSED"])

    def test_where_less_is_better_the_floor_is_a_most(self):
        words = [figures.verdict("worker_cpu_us", value) for value in (30, 31, 45, 46)]
        self.assertEqual(words, ["goal", "ok", "ok", "MISSED"])

    def test_a_figure_without_a_goal_has_its_floor_alone(self):
        self.assertEqual([figures.verdict("two_over_one", v) for v in (1.2, 0.94)], ["ok", "MISSED"])

    def test_the_table_names_goal_floor_and_what_was_missed(self):
        text = figures.goals_table({"worker_cpu_us": [46, 50, 48], "check_p99_ms": [2.0]})
        self.assertRegex(text, r"worker CPU per job, us +48 +1\.09 +30 +45 +MISSED")
        self.assertRegex(text, r"check p99 .* 2 +1 +3 +5 +goal")
        self.assertEqual(figures.missed({"worker_cpu_us": [48], "check_p99_ms": [2]}), ["worker_cpu_us"])


class Bounds(unittest.TestCase):
    def test_two_cores_share_what_a_job_costs(self):
        self.assertEqual(figures.bound_per_second(2, [10, 20, 10]), 50000)

    def test_a_drain_that_slows_down_is_told_by_its_last_window(self):
        steady = [(n / 1000, n) for n in range(0, 10001, 100)]
        self.assertAlmostEqual(figures.windows_ratio(steady), 1)
        slower = steady[:50] + [(5 + (n - 5000) / 500, n) for n in range(5000, 10001, 100)]
        self.assertAlmostEqual(figures.windows_ratio(slower), 0.5)

    def test_too_few_marks_are_refused(self):
        with self.assertRaisesRegex(ValueError, "too few marks"):
            figures.windows_ratio([(0, 0), (1, 100)])

    def test_slow_moments_are_those_far_above_the_usual(self):
        runs = [{"name": "a", "yardstick_ms": 20}, {"name": "b", "yardstick_ms": 21}, {"name": "c", "yardstick_ms": 40}]
        self.assertEqual(figures.slow_moments(runs), ["c"])


class Compare(unittest.TestCase):
    def test_two_reports_are_compared_by_medians_of_what_both_have(self):
        one = {"figures": {"worker_cpu_us": [40, 44, 42]}, "measures": {"worker jobs/s": [8000], "gone": [1]}}
        other = {"figures": {"worker_cpu_us": [21]}, "measures": {"worker jobs/s": [12000], "new": [1]}}
        text = figures.compare(one, other)
        self.assertRegex(text, r"worker CPU per job +42 +21 +0\.5")
        self.assertRegex(text, r"worker jobs/s +8,000 +12,000 +1\.5")
        self.assertNotIn("gone", text)
        self.assertNotIn("new", text)


class Pictures(unittest.TestCase):
    def test_a_chart_is_one_svg_with_a_line_for_each_series(self):
        panels = [picture.Panel("jobs/s", {"worker": [(0, 1), (1, 2)], "probe & co": [(0, 3), (1, 4)]})]
        root = xml.etree.ElementTree.fromstring(picture.svg("a title", panels))
        lines = [e for e in root.iter() if e.tag.endswith("polyline")]
        self.assertEqual(len(lines), 2)
        self.assertIn("probe & co", "".join(root.itertext()))

    def test_a_series_of_nothing_is_left_out(self):
        root = xml.etree.ElementTree.fromstring(picture.svg("t", [picture.Panel("x", {"none": []})]))
        self.assertEqual([e for e in root.iter() if e.tag.endswith("polyline")], [])


PERF = """otp-worker 1 cpu-clock:
\tffff leaf+0x1 (/bin/x)
\tffff caller (/bin/x)
\tffff main (/bin/x)

otp-worker 1 cpu-clock:
\tffff other<int, long>(char*) (/bin/x)
\tffff main (/bin/x)

otp-worker 1 cpu-clock:
\tffff leaf (/bin/x)
\tffff caller (/bin/x)
\tffff main (/bin/x)
"""


class Flames(unittest.TestCase):
    def test_equal_stacks_are_folded_into_one_with_its_count(self):
        self.assertEqual(flame.fold(PERF), {("main", "caller", "leaf"): 2, ("main", "other<int, long>(char*)"): 1})

    def test_the_top_counts_the_innermost_function(self):
        self.assertEqual(flame.top(flame.fold(PERF), 1), [("leaf", 2 / 3)])

    def test_a_graph_is_an_svg_with_a_box_for_each_function_at_its_place(self):
        root = xml.etree.ElementTree.fromstring(flame.svg(flame.fold(PERF), "worker"))
        boxes = [e for e in root.iter() if e.tag.endswith("rect")]
        self.assertEqual(len(boxes), 5)  # all, main, caller, leaf, other


if __name__ == "__main__":
    unittest.main()
