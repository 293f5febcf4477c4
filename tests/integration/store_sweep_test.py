#!/usr/bin/python3
"""What the sweep finds: requests whose message never came to a worker, and those that nobody ended."""
import unittest

from store_case import StoreTest
from store_database import Job


class sweeps(StoreTest):
    def test_an_accepted_request_is_swept_after_thirty_seconds_and_again_until_marked(self):
        job = Job(job=b"the message")
        self.db.accept(job)
        self.assertNotIn(job.id, self.db.due())
        for _ in range(2):
            self.db.pass_time(job.number, 31)
            self.assertIn(job.id, self.db.due())
            self.assertNotIn(job.id, self.db.due())
        self.db.rows("select otp.mark_published(array[%s::uuid])", job.id)
        self.db.pass_time(job.number, 31)
        self.assertNotIn(job.id, self.db.due())

    def test_a_request_past_its_deadline_is_published_to_be_ended_by_begin(self):
        job = Job()
        self.db.accept(job)
        self.db.pass_time(job.number, 301)
        self.assertIn(job.id, self.db.due())
        a = self.db.redeliver(job)
        self.assertEqual((a.verdict, a.status, a.reason), ("refused", "expired", "expired"))
        self.db.pass_time(job.number, 31)
        self.assertNotIn(job.id, self.db.due())

    def look_at_the_last_twenty_minutes(self):
        self.db.rows("update otp.ended_mark set at = clock_timestamp() - interval '20 min'")
        for _ in range(6):      # a minute each
            self.db.due()

    def test_a_request_whose_message_is_lost_ends_after_a_quarter_of_an_hour_and_is_told(self):
        queued, begun, sent, fresh = Job(), Job(), Job(), Job()
        for job in (queued, fresh):
            self.db.accept(job)
            self.db.rows("select otp.mark_published(array[%s::uuid])", job.id)
        for job in (begun, sent):
            self.db.begin([job])
        self.db.finish(sent.id, 1, "accepted", message="SM" + sent.id)
        for job in (queued, begun, sent):
            self.db.rows("update otp.delivery set created_at = created_at - interval '18 min' where request_id = %s", job.id)
        self.look_at_the_last_twenty_minutes()
        self.assertEqual([self.db.delivery(job.id) for job in (queued, begun, sent, fresh)],
                         [("expired", "expired"), ("expired", "in_doubt"), ("sent", None), ("queued", None)])
        self.assertEqual(self.db.one("select state from otp.delivery_attempt where request_id = %s", begun.id), "in_doubt")
        for job, reason in ((queued, "expired"), (begun, "in_doubt")):
            self.assertEqual(self.db.untold(job.id), [("expired", reason)])
            self.assertEqual(self.db.one("select status from otp.delivery_event where request_id = %s", job.id), reason)
        self.look_at_the_last_twenty_minutes()
        self.assertEqual(self.db.one("select count(*) from otp.untold_event where request_id = any (%s::uuid[])", [queued.id, begun.id]), 2)

    def test_a_begun_request_is_never_swept(self):
        job = Job()
        self.db.accept(job)
        self.db.redeliver(job)
        self.db.pass_time(job.number, 31)
        self.assertNotIn(job.id, self.db.due())


if __name__ == "__main__":
    unittest.main()
