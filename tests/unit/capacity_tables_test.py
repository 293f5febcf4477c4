"""The tables of capacity in the documents are what `otpctl capacity` calculates, and a figure that was changed is noticed."""
import importlib.machinery
import importlib.util
import os
import subprocess
import unittest

ROOT = os.path.abspath(os.path.join(os.path.dirname(__file__), "..", ".."))
SCRIPT = os.path.join(ROOT, "scripts", "capacity-tables")


def load_script():
    loader = importlib.machinery.SourceFileLoader("capacity_tables", SCRIPT)
    module = importlib.util.module_from_spec(importlib.util.spec_from_loader("capacity_tables", loader))
    loader.exec_module(module)
    return module


class Tables(unittest.TestCase):
    def test_the_documents_say_what_the_model_calculates(self):
        done = subprocess.run([SCRIPT, os.environ["OTP_BUILD_DIR"]], capture_output=True, text=True)
        self.assertEqual((done.returncode, done.stderr), (0, ""))

    def test_every_figure_of_the_model_is_shown_with_where_it_is_told(self):
        script = load_script()
        figures = script.asker(os.environ["OTP_BUILD_DIR"])(1)["figures"]
        self.assertGreater(len(figures), 8)
        with open(os.path.join(ROOT, "docs", "scale.md"), encoding="utf-8") as file:
            page = file.read()
        for one in figures:
            self.assertIn(f"| {one['what']} | {script.number(one['value'])} | `{one['from']}` |", page)

    def test_a_figure_that_was_changed_changes_the_page(self):
        script = load_script()
        page = "before\n<!-- capacity: figures -->\nold\n<!-- end -->\nafter\n"
        answers = {1: {"figures": [{"what": "a cost", "value": 71, "from": "a row", "when": "today"}]}}
        made = script.filled(page, {"figures": script.figures_table}, answers.get)
        self.assertEqual(made.splitlines()[0], "before")
        self.assertIn("| a cost | 71 | `a row` | today |\n<!-- end -->\nafter", made)
        self.assertEqual(script.filled(made, {"figures": script.figures_table}, answers.get), made)
        answers[1]["figures"][0]["value"] = 72
        self.assertIn("| a cost | 72 |", script.filled(made, {"figures": script.figures_table}, answers.get))

    def test_a_report_is_shown_beside_the_figures_by_the_rows_that_they_name(self):
        shown = load_script().beside([{"name": "a_us", "value": 71, "from": "a row"}, {"name": "b_mb", "value": 2, "from": "b"}, {"name": "c", "value": 3, "from": "c"}],
                                     {"measures": {"a row": [60, 62, 90]}, "figures": {"b": [29]}})
        self.assertEqual([line.split()[:3] for line in shown.splitlines()], [["a_us", "71", "62"], ["b_mb", "2", "29"], ["c", "3", "not"]])

    def test_a_page_without_its_place_is_refused(self):
        script = load_script()
        with self.assertRaises(ValueError):
            script.filled("no place", {"figures": script.figures_table}, {}.get)

    def test_numbers_are_written_as_they_are_read(self):
        number = load_script().number
        self.assertEqual([number(n) for n in (100000, 71, 1.5, 0.234, 2)], ["100,000", "71", "1.5", "0.23", "2"])


if __name__ == "__main__":
    unittest.main()
