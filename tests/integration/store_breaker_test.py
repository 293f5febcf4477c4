#!/usr/bin/python3
"""Receipts that say that the whole account is refused: whose lane rests for them, for how long, and that repeated ones do nothing."""
import unittest

from store_case import StoreTest
from store_database import new_id


class breaker(StoreTest):
    def setUp(self):
        super().setUp()
        self.db.rows("truncate otp.pause")

    def failed(self, error="30002", status="undelivered", **given):
        """A job whose text was taken, and whose receipt says that error."""
        job = self.db.sent(job=b"the message", **given)
        self.db.receipt("M" + job.id, status, error, job.id, 1)
        return job

    def open(self, job, error="30002", provider="twilio", request=True, session=None):
        return (session or self.db).one("select otp.open_breaker(%s, %s, %s, %s::uuid, %s)", provider, "M" + job.id, error,
                                        job.id if request else None, 1 if request else None)

    def paused(self):
        return [(p.kind, p.name, p.by_whom) for p in self.db.call("select * from otp.pauses()")]

    def pass_time(self, seconds):
        self.db.rows(f"update otp.pause set since = since - interval '{seconds} s', ended_at = ended_at - interval '{seconds} s'")

    def test_the_lane_of_the_attempt_rests_for_a_minute_and_works_again(self):
        self.assertTrue(self.open(self.failed()))
        self.assertEqual(self.paused(), [("lane", "twilio/sms", "otp-verify")])
        self.assertEqual(self.db.rows("select ended_at from audit.pause"), [(None,)])
        self.pass_time(59)
        self.assertEqual(len(self.paused()), 1)
        self.pass_time(2)
        self.assertEqual(self.paused(), [])
        self.assertIsNotNone(self.db.one("select ended_at from audit.pause"))

    def test_the_next_receipt_opens_it_again_but_not_within_the_minute(self):
        self.assertTrue(self.open(self.failed()))
        self.assertFalse(self.open(self.failed()))
        self.pass_time(61)
        self.assertTrue(self.open(self.failed()))
        self.assertEqual((len(self.paused()), self.db.one("select count(*) from otp.pause")), (1, 2))

    def test_of_two_processes_at_the_same_time_one_opens_it(self):
        one, two = self.failed(), self.failed()
        other = self.session()
        self.db.connection.autocommit = False
        try:
            self.assertTrue(self.open(one))
            with self.assertRaisesRegex(Exception, "lock timeout"):
                other.rows("set lock_timeout = '200ms'")
                self.open(two, session=other)
            self.db.connection.commit()
        finally:
            self.db.connection.rollback()
            self.db.connection.autocommit = True
        self.assertFalse(self.open(two, session=other))

    def test_a_repeated_receipt_opens_nothing(self):
        job = self.failed()
        self.assertTrue(self.open(job))
        self.pass_time(61)
        self.db.rows("update otp.delivery_event set at = at - interval '11 s' where request_id = %s", job.id)
        self.db.receipt("M" + job.id, "undelivered", "30002", job.id, 1)
        self.assertFalse(self.open(job))
        self.assertEqual(self.paused(), [])

    def test_one_that_moved_no_attempt_of_ours_opens_nothing(self):
        stranger = self.db.sent()
        stranger.id = new_id()
        delivered = self.failed(status="delivered", error=None)
        self.db.receipt("M" + delivered.id, "undelivered", "30002", delivered.id, 1)
        failed_otherwise = self.failed(error="30003")
        for job, given in ((stranger, {}), (stranger, {"request": False}), (self.db.sent(), {}), (delivered, {}), (failed_otherwise, {}),
                           (self.failed(), {"provider": "gupshup"})):
            self.assertFalse(self.open(job, **given))
        self.assertEqual(self.paused(), [])

    def test_a_receipt_that_knows_its_message_by_id_only_is_enough(self):
        job = self.db.sent(job=b"the message", index=True, route="gupshup/whatsapp")
        self.db.receipt("M" + job.id, "undelivered", "131042", provider="gupshup", channel="whatsapp")
        self.assertTrue(self.open(job, error="131042", provider="gupshup", request=False))
        self.assertEqual([name for _, name, _ in self.paused()], ["gupshup/whatsapp"])

    def test_operators_may_end_it_sooner_and_what_they_paused_stays(self):
        self.assertTrue(self.open(self.failed()))
        self.assertTrue(self.db.one("select otp.end_pause('lane', 'twilio/sms')"))
        self.assertEqual(self.paused(), [])
        self.assertFalse(self.open(self.failed()))
        self.pass_time(61)
        self.assertTrue(self.db.one("select otp.begin_pause('lane', 'twilio/sms', 'bad routes', 'somebody')"))
        self.assertFalse(self.open(self.failed()))
        self.assertEqual(self.paused(), [("lane", "twilio/sms", "somebody")])
        self.assertTrue(self.db.one("select otp.end_pause('lane', 'twilio/sms')"))
        self.assertEqual(self.paused(), [])


if __name__ == "__main__":
    unittest.main()
