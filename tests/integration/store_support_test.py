#!/usr/bin/python3
"""What support asks: the requests of a number that somebody names, and the wrong codes of a verification."""
import unittest

from store_case import StoreTest
from store_database import Job, new_number


class requests_of_a_number(StoreTest):
    def found(self, number, minutes, until=0, tenant=None):
        """Those of the `minutes` that ended `until` minutes ago, as an auditor sees them."""
        self.db.rows("set role otp_auditor")
        try:
            return [r[0] for r in self.db.rows("select audit.deliveries_of(%s, %s, now() - make_interval(mins => %s), now() - make_interval(mins => %s), 10)",
                                               number, tenant, until + minutes, until)]
        finally:
            self.db.rows("reset role")

    def aged(self, minutes, finished=None):
        """A request made so many minutes ago; `finished` minutes ago it ended."""
        job, _ = self.db.send()
        self.db.pass_time(job.number, minutes * 60)
        if finished is not None:
            self.db.rows("update otp.delivery set status = 'sent', finished_at = now() - make_interval(mins => %s) where request_id = %s", finished, job.id)
        return job

    def test_one_that_was_made_or_ended_in_the_time_is_found(self):
        for made, ended, found in ((5, 4, True), (12, 9, True), (20, 19, False)):
            job = self.aged(made, ended)
            self.assertEqual(self.found(job.number, 10), [job.id] if found else [], (made, ended))

    def test_one_that_waits_since_before_the_time_is_found(self):
        for made in (5, 12, 24):
            job = self.aged(made)
            self.assertEqual(self.found(job.number, 10), [job.id], made)
        self.assertEqual(self.found(job.number, 10, tenant="other"), [])

    def test_one_that_no_sweep_has_ended_is_not_found_for_ever(self):
        self.assertEqual(self.found(self.aged(26).number, 10), [])

    def test_one_that_was_made_later_is_not_found(self):
        self.assertEqual(self.found(self.aged(1).number, 10, until=5), [])

    def test_no_other_number_is_told(self):
        self.db.send()
        self.assertEqual(self.found(new_number(), 10), [])


class wrong_codes(StoreTest):
    def wrong(self, verification):
        return [r[0] for r in self.db.rows("select device from audit.wrong_checks_of(%s)", verification)]

    def test_a_wrong_code_is_shown_once_though_it_was_a_guess_at_two_live_ones(self):
        first, begun = self.db.send()
        self.db.pass_time(first.number, 250)                 # 50 s are left: the next text has a new code
        self.db.begin([Job(first.number)])
        for device in (False, True):
            self.assertEqual(self.db.check(first.number, "wrong", device).answer, "wrong")
        self.assertEqual(self.db.one("select cardinality(times) from otp.check_budget where number = %s and not device", first.number), 2)
        self.assertEqual(self.wrong(begun.verification_id), [False, True])

    def test_each_wrong_code_is_shown(self):
        job, begun = self.db.send()
        for _ in range(3):
            self.db.check(job.number, "wrong")
        self.assertEqual(self.wrong(begun.verification_id), [False] * 3)


if __name__ == "__main__":
    unittest.main()
