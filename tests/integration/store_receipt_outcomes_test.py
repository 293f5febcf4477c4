#!/usr/bin/python3
"""What a receipt makes of a delivery: delivered for good, another provider once, or parked until its message is known."""
import unittest

from store_case import StoreTest


class receipts(StoreTest):
    def test_a_delivered_receipt_ends_the_delivery_and_a_late_failure_changes_nothing(self):
        job = self.db.sent()
        self.db.receipt("M" + job.id, "delivered", None, job.id, 1)
        events = self.db.events(job.id)
        self.db.receipt("M" + job.id, "undelivered", "30003", job.id, 1)
        self.assertEqual((self.db.delivery(job.id), self.db.attempt(job.id)), (("delivered", None), "delivered"))
        self.assertEqual(self.db.events(job.id), events + 1)

    def test_only_a_late_delivered_changes_undelivered(self):
        job = self.db.sent()
        self.db.receipt("M" + job.id, "undelivered", "30003", job.id, 1)
        self.assertEqual(self.db.delivery(job.id), ("undelivered", "30003"))
        self.db.receipt("M" + job.id, "delivered", None, job.id, 1)
        self.assertEqual((self.db.delivery(job.id), self.db.attempt(job.id)), (("delivered", None), "delivered"))

    def test_a_receipt_never_revives_a_refused_attempt(self):
        job, _ = self.db.send()
        self.db.finish(job.id, 1, "refused", error="21211")
        self.db.receipt("M", "delivered", None, job.id, 1)
        self.assertEqual((self.db.status(job.id), self.db.attempt(job.id)), ("failed", "refused"))

    def test_a_failed_receipt_is_answered_by_another_provider_once(self):
        job = self.db.sent(job=b"bytes")
        self.db.receipt("M" + job.id, "undelivered", "30003", job.id, 1)
        self.assertEqual(self.db.delivery(job.id, "status, receipt_retry, sweep_at is not null"), ("sent", 1, True))
        due = [r for r in self.db.call("select * from otp.sweep_due()") if r.request_id == job.id]
        self.assertEqual([(bytes(r.job), r.attempts) for r in due], [(b"bytes", 1)])
        self.db.rows("select otp.mark_published(array[%s::uuid])", job.id)
        a = self.db.redeliver(job)
        self.assertEqual((a.verdict, a.attempt, a.provider, a.status), ("send", 2, "gupshup", "sent"))
        self.assertEqual(self.db.finish(job.id, 2, "accepted", "w2", message="N" + job.id, job=b"bytes").status, "sent")
        self.assertEqual((self.db.redeliver(job, "w3").verdict, self.db.status(job.id)), ("finished", "sent"))
        self.db.receipt("N" + job.id, "undelivered", "30003", job.id, 2, provider="gupshup")
        self.assertEqual(self.db.delivery(job.id), ("undelivered", "30003"))

    def test_a_failed_receipt_that_nobody_can_answer_ends_as_undelivered(self):
        job = self.db.sent(job=b"bytes")
        self.db.receipt("M" + job.id, "undelivered", "30003", job.id, 1)
        job.route = "twilio/sms"
        a = self.db.redeliver(job)
        self.assertEqual((a.verdict, a.status, a.reason), ("refused", "undelivered", "no_provider_left"))
        self.assertEqual(self.db.redeliver(job).verdict, "finished")

    def test_a_failed_second_try_ends_as_undelivered(self):
        job = self.db.sent(job=b"bytes")
        self.db.receipt("M" + job.id, "undelivered", "30003", job.id, 1)
        self.db.redeliver(job, "w1")
        f = self.db.finish(job.id, 2, "refused", error="21211", reason="refused_number")
        self.assertEqual(f.status, "undelivered")

    def test_a_failed_receipt_of_a_used_code_asks_for_nothing(self):
        job, a = self.db.send(code="right")
        self.db.finish(job.id, 1, "accepted", message="SM", job=b"bytes")
        self.db.check(job.number, "right")
        self.db.receipt("SM", "undelivered", "30003", job.id, 1)
        self.assertEqual(self.db.status(job.id), "undelivered")

    def test_a_failed_receipt_of_a_code_that_a_newer_one_replaced_asks_for_nothing(self):
        job = self.db.sent(job=b"bytes")
        self.db.pass_time(job.number, 245)
        self.db.rows("update otp.delivery set deadline = now() + interval '200 s' where request_id = %s", job.id)
        newer, a = self.db.send(job.number)
        self.assertEqual((a.verdict, a.seed), ("send", newer.id))
        self.db.receipt("M" + job.id, "undelivered", "30003", job.id, 1)
        self.assertEqual(self.db.status(job.id), "undelivered")

    def test_a_receipt_before_its_message_is_known_is_parked_once_and_matched_by_finish(self):
        job, _ = self.db.send(route="gupshup/sms")
        for _ in range(2):
            self.assertEqual(self.db.receipt("G" + job.id, "delivered", provider="gupshup"), "parked")
        self.assertEqual(self.db.one("select count(*) from otp.parked_receipt where provider_message_id = %s", "G" + job.id), 1)
        self.db.finish(job.id, 1, "accepted", message="G" + job.id, index=True)
        self.assertEqual(self.db.status(job.id), "delivered")
        self.assertEqual(self.db.one("select count(*) from otp.parked_receipt where provider_message_id = %s", "G" + job.id), 0)

    def test_receipts_that_nobody_claims_keep_the_sweep_from_none(self):
        job, _ = self.db.send(route="gupshup/sms")
        self.db.finish(job.id, 1, "accepted", message="L" + job.id, index=True)
        # As if it had been parked just when finish looked.
        self.db.rows("insert into otp.parked_receipt values ('gupshup', %s, 'delivered', null, null, null, now())", "L" + job.id)
        self.db.rows("insert into otp.parked_receipt select 'twilio', 'foreign' || i, 'delivered', null, "
                     "('00000000-0000-4000-8000-' || lpad(i::text, 12, '0'))::uuid, 1, now() from generate_series(1, 1200) i")
        self.addCleanup(self.db.rows, "delete from otp.parked_receipt where provider_message_id like 'foreign%'")
        self.db.call("select * from otp.sweep_due()")
        self.assertEqual(self.db.status(job.id), "delivered")
        self.assertEqual(self.db.one("select count(*) from otp.parked_receipt where provider_message_id like 'foreign%'"), 1200)

    def test_a_receipt_of_another_provider_never_matches(self):
        job = self.db.sent()
        self.assertEqual(self.db.receipt("X", "delivered", None, job.id, 1, provider="gupshup"), "parked")
        self.assertEqual(self.db.status(job.id), "sent")


if __name__ == "__main__":
    unittest.main()
