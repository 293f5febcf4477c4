"""A short soak, whose faults come from OTP_TEST_SEED, and that its schedule is the seed's alone and its audit can say no."""

import os
import subprocess
import unittest
from datetime import datetime, timedelta, timezone

import soak_schedule
from fault_test import SEED
from servers import ROOT
from soak_audit import LEAST_LIFE, Text, is_clean, judge, per_hundred_thousand
from soak_memory import is_flat
from jobs import tag_of

MOMENT = datetime(2026, 1, 1, tzinfo=timezone.utc)
NUMBER = "+14155550100"


class Short(unittest.TestCase):
    def test_two_thousand_jobs_come_through(self):
        words = [os.path.join(ROOT, "scripts", "soak"), "--jobs", "2000", "--seed", str(SEED)]
        done = subprocess.run(words, capture_output=True, text=True, timeout=380)
        print(done.stdout, flush=True)
        self.assertEqual(done.returncode, 0, done.stdout + done.stderr)


class Schedule(unittest.TestCase):
    def test_the_same_seed_gives_the_same_faults_and_another_gives_others(self):
        self.assertEqual(soak_schedule.draw(7, 20000, 3), soak_schedule.draw(7, 20000, 3))
        self.assertNotEqual(soak_schedule.draw(7, 20000, 3), soak_schedule.draw(8, 20000, 3))
        self.assertEqual({fault.kind for fault in soak_schedule.draw(7, 20000, 3)}, set(soak_schedule.KINDS))


class Audit(unittest.TestCase):
    def judged(self, *texts, status="sent", doubts=(), told=("r",)):
        tag = tag_of("482913", NUMBER, "login", "t")
        job = {"request_id": "r", "number": NUMBER, "status": status, "reason": None, "dies": MOMENT + LEAST_LIFE, "tag": tag}
        seen = {NUMBER: [Text(by, at, "482913 is your code") for by, at in texts]} if texts else {}
        found = judge("t", [job], list(doubts), seen, set(told), 1)
        return found, is_clean(found)

    def test_one_text_in_time_is_clean(self):
        self.assertTrue(self.judged(("twilio", MOMENT))[1])

    def test_each_thing_that_must_not_be_is_found(self):
        text, later = ("twilio", MOMENT), ("twilio", MOMENT + timedelta(seconds=1))
        for name, (found, clean) in {
            "lost": self.judged(),
            "repeated": self.judged(text, text),
            "unexplained": self.judged(text, ("gupshup", MOMENT)),
            "late": self.judged(later),
            "not told": self.judged(text, told=()),
        }.items():
            with self.subTest(name=name):
                self.assertEqual((found[name], clean), (1, False))
        self.assertEqual(self.judged(status="sending")[0]["lost"], 1)

    def test_a_doubt_about_a_message_that_exists_is_what_naive_re_posting_repeats(self):
        doubt = {"request_id": "r", "number": NUMBER, "status": "sent", "provider": "twilio", "doubted_at": MOMENT,
                 "next_at": MOMENT, "settled_by": None, "settled_at": None}
        found, clean = self.judged(("twilio", MOMENT), ("gupshup", MOMENT), doubts=[doubt])
        self.assertEqual((found["naive"], found["doubt: another provider asked"], found["by two"], clean), (1, 1, 1, True))
        found["published"] = 2000
        self.assertEqual([line.split()[-2:] for line in per_hundred_thousand(found, "").splitlines()[2:5]], [["0", "0"], ["0", "50"], ["50", "50"]])

    def test_naive_re_posting_repeats_no_text_that_was_not_taken_and_none_of_a_dead_code_and_a_job_once(self):
        text = ("twilio", MOMENT)
        first = {"request_id": "r", "number": NUMBER, "status": "sent", "provider": "twilio", "doubted_at": MOMENT,
                 "next_at": MOMENT, "settled_by": None, "settled_at": None}
        late = {**first, "doubted_at": MOMENT + timedelta(seconds=1)}
        second = {**first, "provider": "gupshup"}
        for doubts, texts, repeated in (
            ([first], [text], 1), ([first], [("gupshup", MOMENT)], 0), ([late], [text], 0), ([first, second], [text, ("gupshup", MOMENT)], 1),
        ):
            self.assertEqual(self.judged(*texts, doubts=doubts)[0]["naive"], repeated, (doubts, texts))


class Flat(unittest.TestCase):
    def test_memory_is_flat_where_it_grows_by_no_more_than_a_tenth_once_it_has_warmed_up(self):
        warming_up = [(1, 10.0), (90, 29.0)]
        for sizes, flat in (([30.0, 31.0, 33.0], True), ([30.0, 34.0, 30.0], False), ([30.0, 30.0, 40.0], False)):
            samples = warming_up + list(zip((150, 500, 1000), sizes))
            self.assertEqual(is_flat(samples, 1000), flat, sizes)


if __name__ == "__main__":
    unittest.main()
