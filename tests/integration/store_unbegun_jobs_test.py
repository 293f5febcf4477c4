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

    def test_an_accepted_request_that_policy_ends_is_told_with_its_verification_and_channel(self):
        job = Job()
        verification = self.db.accept(job).verification_id
        ended = self.db.rejection(job.id, job.number, "no_provider_for_channel", "acme", "login")
        self.assertEqual((ended.recorded, ended.verification_id, ended.channel), (True, verification, "sms"))
        again = self.db.rejection(job.id, job.number, "no_provider_for_channel", "acme", "login")
        self.assertEqual((again.recorded, again.verification_id), (False, None))

    def test_an_accepted_request_keeps_its_job_for_a_resend_whatever_ended_it(self):
        for end in (self.unwritten, lambda job: self.db.reject(job.id, job.number, "country_not_allowed", "acme", "login")):
            job = Job(job=b"with variables")
            verification = self.db.accept(job).verification_id
            self.assertTrue(end(job))
            kept = self.db.one("select job from otp.verification_for_resend('acme', %s)", verification)
            self.assertEqual(bytes(kept), b"with variables")

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

    def accepted_and_unwritten(self, **given):
        job = Job(**given)
        accepted = self.db.accept(job)
        self.assertTrue(self.unwritten(job))
        return job, accepted

    def test_an_accepted_request_that_could_not_be_written_is_begun_when_its_job_comes_mended_and_keeps_its_answer(self):
        job, accepted = self.accepted_and_unwritten(template="wellcome")
        job.template = "welcome"
        sent = self.db.redeliver(job)
        self.assertEqual((sent.verdict, sent.status, sent.verification_id, sent.charged), ("send", "sending", accepted.verification_id, False))
        self.assertEqual(self.db.delivery(job.id, "status, reason, template, attempts, finished_at"), ("sending", None, "welcome", 1, None))
        self.assertEqual(self.db.one("select cardinality(times) from otp.send_budget where subject = %s", job.number), 1)
        self.db.finish(job.id, 1, "accepted", owner="w2", job=b"mended")
        self.assertEqual(self.db.delivery(job.id, "status, job = 'mended'"), ("sent", True))

    def test_over_http_it_gets_the_answer_that_was_stored_and_stays_rejected(self):
        job, accepted = self.accepted_and_unwritten()
        again = self.db.accept(job)
        self.assertEqual((again.verdict, again.verification_id, again.expires_at), ("repeated", accepted.verification_id, accepted.expires_at))
        self.assertEqual(self.db.delivery(job.id), ("rejected", "unknown_template"))

    def test_a_mended_job_of_another_number_or_tenant_changes_nothing(self):
        job, _ = self.accepted_and_unwritten()
        for given in ({"number": "+14155550000"}, {"tenant": "other"}, {"purpose": "payment"}):
            other = Job(**{"number": job.number, **given})
            other.id = job.id
            self.assertEqual(self.db.redeliver(other).reason, "request_id_conflict")
        self.assertEqual(self.db.delivery(job.id), ("rejected", "unknown_template"))

    def test_a_mended_job_comes_too_late_where_its_life_is_over_or_a_newer_request_was_begun(self):
        late, _ = self.accepted_and_unwritten()
        self.db.pass_time(late.number, 280)
        answer = self.db.redeliver(late)
        self.assertEqual((answer.verdict, answer.status, answer.reason), ("refused", "expired", "expired"))
        older, _ = self.accepted_and_unwritten()
        self.assertEqual(self.db.send(older.number)[1].verdict, "send")
        answer = self.db.redeliver(older)
        self.assertEqual((answer.verdict, answer.status, answer.reason), ("refused", "canceled", "superseded"))

    def test_policy_refuses_a_mended_job_as_any_other(self):
        job, accepted = self.accepted_and_unwritten()
        ended = self.db.rejection(job.id, job.number, "country_not_allowed", "acme", "login")
        self.assertEqual((ended.recorded, ended.verification_id), (True, accepted.verification_id))
        self.assertEqual(self.db.delivery(job.id), ("rejected", "country_not_allowed"))
        self.assertEqual(self.db.redeliver(job).verdict, "finished")

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
