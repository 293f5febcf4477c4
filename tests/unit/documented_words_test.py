"""What operators meet (log events, metrics, reasons, answers of otp-verify) is what docs/ explain, word for word."""
import pathlib
import re
import unittest

import documented_metrics

ROOT = pathlib.Path(__file__).resolve().parents[2]
ROOMS = {"worker": "otp-worker", "verify": "otp-verify", "sandbox": "otp-sandbox"}


def sources(*folders):
    for folder in folders:
        for path in sorted((ROOT / folder).rglob("*.[ch]pp")):
            yield path, re.sub(r"//.*", "", path.read_text())


def section(page, title):
    """The text under a heading, up to the next one of its level or above."""
    level = title.split(" ")[0]
    lines = (ROOT / "docs" / page).read_text().splitlines()
    rest = lines[lines.index(title) + 1:]
    ends = (i for i, line in enumerate(rest) if re.match("#{2,%d} " % len(level), line))
    return rest[: next(ends, len(rest))]


def first_words(lines, column=1):
    """What stands in backticks in one column of a table."""
    rows = [line.split("|") for line in lines if line.startswith("| ")]
    return {word for row in rows for word in re.findall(r"`([^`]+)`", row[column])}


def events_of(text):
    found = set(re.findall(r'log::(?:debug|info|warning|error)\(\s*"([^"]*)"', text))
    for call in re.finditer(r"log::line\(", text):
        end = text.index(";", call.start())
        words = re.findall(r'"([^"]*)"', text[call.start():end].split(".with(")[0])
        if "words[" in text[call.start():end]:
            table = text.rindex("words[] =", 0, call.start())
            words = re.findall(r'"([^"]*)"', text[table:text.index(";", table)])
        if not words:
            raise AssertionError("cannot tell the event of " + text[call.start():end])
        found.update(words)
    return found


class documented_words(unittest.TestCase):
    def test_every_log_event_is_explained_and_no_other(self):
        for folder, program in ROOMS.items():
            rooms = [folder] if folder == "sandbox" else [folder, "common"]  # it has no servers to wait for
            logged = set().union(*(events_of(text) for path, text in sources(*rooms) if path.parent.name != "log"))
            explained = first_words(section("operations.md", "### " + program))
            self.assertTrue(logged, f"no event is found in {folder}/")
            self.assertEqual(explained, logged, f"left: docs/operations.md, right: {folder}/")

    def test_every_metric_is_explained_and_no_other(self):
        made = set()
        for _, text in sources(*ROOMS, "common"):
            made.update(re.findall(r'\b(?:counter|gauge|histogram)\(\s*"(otp_\w+)"', text))
        self.assertTrue(made)
        self.assertEqual(set(documented_metrics.documented()), made, "left: docs/metrics.md, right: the sources")

    def test_every_reason_of_the_rules_of_sending_is_explained(self):
        rules = (ROOT / "migrations" / "0003_send_rules.sql").read_text()
        named = set(re.findall(r"^--   (\w+) {2,}", rules, re.MULTILINE)) - {"request_id_conflict"}
        self.assertIn("attempts_spent", named)
        explained = first_words(section("errors.md", "## Why a delivery ended"))
        self.assertLessEqual(named, explained)
        self.assertIn("no_provider_for_channel", explained)

    def test_every_word_of_ours_for_the_end_of_an_attempt_is_explained(self):
        ours = set()
        for _, text in sources("worker"):
            ours.update(re.findall(r'(?:not_sent|not_by_this_worker|from_row|unreadable)\(\s*(?:[\w.]+, )*"([a-z_]+)"', text))
            ours.update(re.findall(r'error_code = "([a-z_]+)"', text))
        self.assertIn("no_answer", ours)
        self.assertIn("unknown_code_key", ours)
        ours = {"http_<status>" if word == "http_" else word for word in ours}
        self.assertLessEqual(ours, first_words(section("errors.md", "## How an attempt ended")))

    def test_every_code_of_an_answer_is_explained_and_none_that_nobody_gives(self):
        verify = " ".join(text for _, text in sources("verify"))
        shared = " ".join(text for _, text in sources("common/http", "common/store"))
        given = set(re.findall(r'(?:problem \w+\(|return \{)\s*\d{3},\s*"([a-z_]+)"', verify))
        given.update(re.findall(r'\b(?:later|settled)\("([a-z_]+)"', verify))
        self.assertIn("check_too_soon", given)
        self.assertIn("missing_scope", given)
        explained = first_words(section("errors.md", "## Answers of otp-verify"), column=2)
        self.assertLessEqual(given, explained)
        self.assertLessEqual(explained, set(re.findall(r'"([a-z_]+)"', verify + shared)))

    def test_every_file_that_a_page_names_is_there(self):
        for page in [ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md"))]:
            text = page.read_text()
            named = set(re.findall(r"`((?:\w+/)+\w+\.(?:[ch]pp|sql|py|txt))`", text))
            linked = {f"{page.parent.relative_to(ROOT)}/{name}" for name in re.findall(r"\]\(([\w./]+)\)", text)}
            missing = sorted(name for name in named | linked if not (ROOT / name).exists())
            self.assertEqual(missing, [], page.name)


if __name__ == "__main__":
    unittest.main()
