#!/usr/bin/python3
"""Jobs that are ended without an attempt: rejected ones and those that come too late."""
import unittest

from store_case import StoreTest
from store_database import Job, new_id


class rejected_jobs(StoreTest):
    def test_a_job_that_cannot_be_understood_leaves_a_rejected_delivery_and_an_event(self):
        request = new_id()
        self.assertTrue(self.db.reject(request))
        self.assertFalse(self.db.reject(request))
        self.assertEqual((self.db.delivery(request), self.db.events(request)), (("rejected", "unknown_field"), 1))

    def test_one_that_comes_mended_is_new_to_the_policy_that_refuses_it(self):
        job = Job()
        self.db.reject(job.id)
        for recorded in (True, False):
            self.assertEqual(self.db.reject(job.id, job.number, "country_not_allowed", "acme", "login"), recorded)
        self.assertFalse(self.db.reject(job.id), "nor is it broken again where another copy of it is")
        self.assertEqual(self.db.delivery(job.id, "status, reason, number"), ("rejected", "country_not_allowed", job.number))
        self.assertEqual(self.db.events(job.id), 2)

    def test_one_that_comes_mended_is_new_to_begin(self):
        job = Job()
        self.db.reject(job.id)
        self.assertEqual(self.db.redeliver(job).verdict, "send")
        self.assertEqual(self.db.delivery(job.id, "status, reason, number"), ("sending", None, job.number))

    def test_a_known_request_is_left_untouched(self):
        job, _ = self.db.send()
        self.assertFalse(self.db.reject(job.id, job.number, tenant="acme", purpose="login"))
        self.assertEqual(self.db.delivery(job.id), ("sending", None))

    def test_policy_ends_an_accepted_request_but_only_the_same_one(self):
        job = Job()
        self.db.accept(job)
        self.assertFalse(self.db.reject(job.id, "+1999", "country_not_allowed", "acme", "login"))
        self.assertTrue(self.db.reject(job.id, job.number, "country_not_allowed", "acme", "login"))
        self.assertEqual(self.db.delivery(job.id, "status, reason, sweep_at"), ("rejected", "country_not_allowed", None))
        self.assertEqual(self.db.accept(job).verdict, "repeated")

    def unwritten(self, job):
        return self.db.reject(job.id, job.number, "unknown_template", "acme", "login", unwritten=True)

    def test_an_accepted_request_that_cannot_be_written_is_ended_and_told(self):
        job = Job()
        self.db.accept(job)
        self.assertEqual([self.unwritten(job), self.unwritten(job)], [True, True])
        self.assertEqual(self.db.delivery(job.id, "status, reason, number, sweep_at"), ("rejected", "unknown_template", job.number, None))
        self.assertEqual(self.db.untold(job.id), [("rejected", "unknown_template")])
        self.assertEqual(self.db.events(job.id), 1)

    def test_a_job_that_cannot_be_written_is_recorded_without_its_number_and_new_when_it_comes_mended(self):
        job = Job()
        self.assertEqual([self.unwritten(job), self.unwritten(job)], [True, True])
        self.assertEqual(self.db.delivery(job.id, "status, reason, number"), ("rejected", "unknown_template", ""))
        self.assertEqual(self.db.one("select count(*) from otp.untold_event where request_id = %s", job.id), 0)
        self.assertEqual(self.db.redeliver(job).verdict, "send")

    def test_a_begun_request_that_cannot_be_written_any_more_is_left_to_begin(self):
        job, _ = self.db.send()
        self.assertFalse(self.unwritten(job))
        self.assertEqual(self.db.delivery(job.id), ("sending", None))


class late_jobs(StoreTest):
    def expire(self, job, requested="now() - interval '10 min'"):
        """The row of the job, where it was ended."""
        ended = self.db.call("select * from otp.expire_jobs(array[%s::uuid],array[%s],array[%s],array[%s],array[null],array[null],array['sms'],"
                             f"array['otp'],array['en'],array[{requested}],array[300],array[null])", job.id, "acme", job.number, "login")
        return ended[0] if ended else None

    def test_one_that_nobody_knows_leaves_an_expired_delivery_and_an_event_and_is_not_charged(self):
        job = Job()
        ended = self.expire(job)
        self.assertEqual((ended.request_id, ended.verification_id, ended.channel), (job.id, None, "sms"))
        self.assertEqual(self.db.delivery(job.id), ("expired", "expired"))
        self.assertEqual(self.db.delivery(job.id, "deadline - requested_at = interval '5 min' and finished_at is not null"), (True,))
        self.assertEqual(self.db.events(job.id), 1)
        self.assertEqual(self.db.one("select count(*) from otp.send_budget where subject = %s", job.number), 0)

    def test_the_last_thirty_seconds_are_too_late(self):
        for left, ends in ((29, True), (31, False)):
            self.assertEqual(self.expire(Job(), f"now() - interval '{300 - left} s'") is not None, ends, left)

    def test_an_accepted_one_is_ended_with_its_verification_once_its_stored_deadline_is_near(self):
        job = Job()
        verification = self.db.accept(job).verification_id
        self.assertIsNone(self.expire(job), "whatever the message says")
        self.db.pass_time(job.number, 280)
        ended = self.expire(job)
        self.assertEqual(ended.verification_id, verification)
        self.assertEqual(self.db.delivery(job.id, "status, reason, sweep_at"), ("expired", "expired", None))
        self.assertEqual(self.db.redeliver(job).verdict, "finished")

    def test_the_id_of_another_number_ends_nothing(self):
        job = Job()
        self.db.accept(job)
        self.db.pass_time(job.number, 280)
        other = Job()
        other.id = job.id
        self.assertIsNone(self.expire(other))
        self.assertEqual(self.db.status(job.id), "queued")

    def test_one_that_could_not_be_understood_before_is_left_to_begin(self):
        job = Job()
        self.db.reject(job.id)
        self.assertIsNone(self.expire(job))


if __name__ == "__main__":
    unittest.main()
