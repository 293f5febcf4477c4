#!/usr/bin/python3
"""What receipts change: forward only; another provider after a failure, once and only where that may help; doubts settled by receipts, by
number where the message id was lost; and outcomes that are told at least once."""
import unittest

from store_case import StoreTest
from store_database import Job, new_id


class Case(StoreTest):
    def sent(self, job=b"the message", **given):
        return self.db.sent(job, **given)

    def undelivered(self, job, **given):
        return self.db.recorded("M" + job.id, "undelivered", "30003", job.id, 1, **given)

    def events(self, job):
        return self.db.call("select * from otp.untold_event where request_id = %s order by id", job.id)


class order(Case):
    def test_in_whatever_order_receipts_come_the_farthest_stands(self):
        for first, second, end in (("accepted", "delivered", "delivered"), ("delivered", "accepted", "delivered"),
                                   ("undelivered", "delivered", "delivered"), ("delivered", "undelivered", "delivered"),
                                   ("undelivered", "accepted", "undelivered"), ("accepted", "undelivered", "undelivered")):
            job = self.sent(job=None)
            for word in (first, second):
                self.db.receipt("M" + job.id, word, None, job.id, 1)
            self.assertEqual((self.db.status(job.id), self.db.attempt(job.id)), (end, end), (first, second))

    def test_the_receipt_that_brings_delivered_tells_how_long_it_took(self):
        job = self.sent()
        self.db.rows("update otp.delivery_attempt set finished_at = finished_at - interval '7 s' where request_id = %s", job.id)
        first = self.db.recorded("M" + job.id, "delivered", None, job.id, 1)
        self.assertTrue(7000 <= first.after_ms < 9000, first)
        self.assertIsNone(self.db.recorded("M" + job.id, "delivered", None, job.id, 1).after_ms)
        self.assertIsNone(self.undelivered(self.sent(job=None)).after_ms)

    def test_a_repeated_receipt_adds_an_event_and_changes_nothing_else(self):
        for word in ("accepted", "delivered", "undelivered"):
            job = self.sent()
            self.db.receipt("M" + job.id, word, "30003", job.id, 1)

            def rows():
                return [self.db.rows(f"select * from otp.{table} where request_id = %s", job.id) for table in ("delivery", "delivery_attempt", "untold_event")]
            before, count = rows(), self.db.events(job.id)
            for _ in range(2):
                self.assertEqual(self.db.recorded("M" + job.id, word, "30003", job.id, 1)[:2], ("matched", None))
            self.assertEqual(rows(), before, word)
            self.assertEqual(self.db.events(job.id), count + 2)

    def test_an_ignored_word_is_an_event_of_a_known_message_and_parks_none(self):
        job = self.sent()
        events = self.db.events(job.id)
        self.assertEqual(self.db.receipt("M" + job.id, "ignored", None, job.id, 1), "matched")
        self.assertEqual((self.db.status(job.id), self.db.events(job.id)), ("sent", events + 1))
        self.db.receipt("nobody's", "ignored", None, new_id(), 1)
        self.assertEqual(self.db.one("select count(*) from otp.parked_receipt where provider_message_id = 'nobody''s'"), 0)

    def test_a_receipt_before_the_answer_ends_the_attempt_and_the_answer_changes_nothing(self):
        job, _ = self.db.send()
        self.db.receipt("M" + job.id, "delivered", None, job.id, 1)
        f = self.db.finish(job.id, 1, "accepted", message="M" + job.id, job=b"j")
        self.assertEqual((f.answer, f.status), ("settled", "delivered"))
        self.assertEqual(self.db.status(job.id), "delivered")

    def test_a_receipt_of_an_attempt_that_is_not_known_yet_is_matched_once_it_is(self):
        job = Job()
        self.assertEqual(self.db.receipt("M" + job.id, "delivered", None, job.id, 1), "parked")
        self.db.begin([job])
        self.db.call("select * from otp.sweep_due()")
        self.assertEqual(self.db.status(job.id), "delivered")
        self.assertEqual(len(self.events(job)), 1)


class fail_over(Case):
    def test_a_failure_that_no_other_provider_can_mend_is_final(self):
        job = self.sent()
        self.undelivered(job, fail_over=False, switch=False)
        self.assertEqual(self.db.delivery(job.id, "status, reason, receipt_retry, sweep_at"), ("undelivered", "30003", 0, None))
        self.assertEqual(self.db.redeliver(job).verdict, "finished")

    def test_a_failure_bound_to_the_channel_goes_on_by_another_channel_only(self):
        job = self.sent()
        self.undelivered(job, fail_over=False)
        self.assertEqual((self.db.status(job.id), job.id in self.db.due()), ("sent", True))
        job.route = "gupshup/sms,gupshup/whatsapp"
        a = self.db.redeliver(job)
        self.assertEqual((a.verdict, a.provider, a.channel), ("send", "gupshup", "whatsapp"))

    def test_a_delivery_that_another_provider_answers_has_no_reason_and_was_sent_when_it_was(self):
        job = self.sent()
        was = self.db.delivery(job.id, "status, reason, finished_at")
        self.undelivered(job)
        self.assertEqual(self.db.delivery(job.id, "status, reason, finished_at"), was)
        self.assertEqual(was[:2], ("sent", None))

    def test_the_sixty_seconds_of_attempts_do_not_bind_the_one_that_answers_it(self):
        job = self.sent()
        self.db.pass_time(job.number, 90)
        self.undelivered(job)
        self.assertEqual(self.db.redeliver(job).verdict, "send")

    def test_where_there_is_no_other_channel_it_ends_undelivered(self):
        job = self.sent()
        self.undelivered(job, fail_over=False)
        a = self.db.redeliver(job)
        self.assertEqual((a.verdict, a.status, a.reason), ("refused", "undelivered", "no_provider_left"))

    def test_what_was_not_delivered_on_one_channel_may_go_by_the_same_provider_on_another(self):
        job = self.sent(route="twilio/whatsapp", channel="whatsapp")
        self.undelivered(job, fail_over=False)
        job.route = "twilio/whatsapp,twilio/sms"
        a = self.db.redeliver(job)
        self.assertEqual((a.verdict, a.channel), ("send", "sms"))

    def test_nothing_follows_with_under_thirty_seconds_of_life(self):
        for left, status in ((32, "sent"), (29, "undelivered")):
            job = self.sent(ttl=60)
            self.db.pass_time(job.number, 60 - left)
            self.undelivered(job)
            self.assertEqual(self.db.status(job.id), status, left)

    def test_before_the_answer_it_waits_for_finish_which_keeps_the_job(self):
        for words in (["undelivered"], ["accepted", "undelivered"]):
            job, _ = self.db.send()
            answers = [self.db.receipt("M" + job.id, word, "30003", job.id, 1) for word in words]
            self.assertEqual(answers, ["matched", "parked"][-len(words):], words)
            self.db.call("select * from otp.sweep_due()")
            self.assertEqual(self.db.status(job.id), ["sending", "sent"][len(words) - 1])
            self.db.finish(job.id, 1, "accepted", message="M" + job.id, job=b"j")
            self.assertEqual(self.db.delivery(job.id, "status, receipt_retry, sweep_at is not null"), ("sent", 1, True))
            self.assertEqual((self.db.attempt(job.id), job.id in self.db.due()), ("undelivered", True))
        a = self.db.redeliver(job)
        self.assertEqual((a.verdict, a.attempt, a.provider), ("send", 2, "gupshup"))
        self.assertEqual(self.db.finish(job.id, 2, "accepted", "w2", message="N" + job.id, job=b"j").status, "sent")
        self.db.receipt("N" + job.id, "undelivered", "005", job.id, 2, provider="gupshup")
        self.assertEqual(self.db.status(job.id), "undelivered")

    def test_before_the_answer_of_a_worker_that_died_it_goes_on_from_the_queue(self):
        job, _ = self.db.send()
        self.undelivered(job)
        self.db.pass_time(job.number, 16)
        self.db.call("select * from otp.sweep_due()")
        self.assertEqual(self.db.delivery(job.id, "status, receipt_retry, sweep_at"), ("sending", 1, None))
        a = self.db.redeliver(job)
        self.assertEqual((a.verdict, a.attempt, a.provider), ("send", 2, "gupshup"))

    def test_a_final_failure_before_the_answer_ends_it_at_once(self):
        job, _ = self.db.send()
        self.assertEqual(self.undelivered(job, fail_over=False, switch=False).answer, "matched")
        self.assertEqual(self.db.finish(job.id, 1, "accepted", message="M" + job.id, job=b"j").status, "undelivered")

    def test_of_a_doubt_it_goes_on_from_the_queue(self):
        job, _ = self.db.send()
        self.db.finish(job.id, 1, "in_doubt", put_back=True)
        self.undelivered(job)
        self.assertEqual((self.db.status(job.id), self.db.attempt(job.id)), ("sending", "undelivered"))
        self.assertEqual(self.db.redeliver(job).provider, "gupshup")

    def test_a_doubt_settled_as_taken_can_still_be_answered_later(self):
        job, _ = self.db.send()
        self.db.finish(job.id, 1, "in_doubt", put_back=True, job=b"the message")
        self.db.receipt("M" + job.id, "accepted", None, job.id, 1)
        self.undelivered(job)
        self.assertEqual((self.db.status(job.id), job.id in self.db.due()), ("sent", True))
        self.assertEqual(self.db.redeliver(job).provider, "gupshup")

    def test_of_a_doubt_settled_as_taken_it_ends_the_delivery_where_the_attempt_behind_it_was_refused(self):
        for end, status in (("refused", "undelivered"), ("accepted", "sent")):
            job, _ = self.db.send()
            self.assertEqual(self.db.finish(job.id, 1, "in_doubt", next="gupshup/sms").next_attempt, 2)
            self.db.receipt("M" + job.id, "accepted", None, job.id, 1)
            self.assertEqual(self.db.finish(job.id, 2, end, message="N" + job.id).status, "sent")
            told = self.undelivered(job)
            self.assertEqual((self.db.status(job.id), told.event_id is not None), (status, status == "undelivered"), end)

    def test_one_that_comes_while_the_sweeps_job_is_being_confirmed_is_due_all_the_same(self):
        job = self.sent()
        self.db.rows("update otp.delivery set sweep_at = clock_timestamp() + interval '30 s' where request_id = %s", job.id)
        self.undelivered(job)
        self.db.rows("select otp.mark_published(array[%s::uuid])", job.id)
        self.assertIn(job.id, self.db.due())

    def test_its_answer_is_open_while_another_attempt_is_in_doubt(self):
        job = self.sent()
        self.undelivered(job)
        job.route = "twilio/sms,gupshup/sms,twilio/whatsapp"
        self.assertEqual(self.db.redeliver(job).attempt, 2)
        self.assertEqual(self.db.finish(job.id, 2, "in_doubt", "w2", next="twilio/whatsapp").next_attempt, 3)
        self.assertEqual(self.db.finish(job.id, 3, "refused", "w2").status, "sending")
        self.db.receipt("N" + job.id, "accepted", None, job.id, 2, provider="gupshup")
        self.assertEqual(self.db.begin([job], "w3")[0].verdict, "finished")

    def test_a_late_delivery_calls_the_retry_off(self):
        job = self.sent()
        self.undelivered(job)
        self.db.receipt("M" + job.id, "delivered", None, job.id, 1)
        self.assertNotIn(job.id, self.db.due())
        self.assertEqual(self.db.redeliver(job).status, "delivered")


class by_number(Case):
    def report(self, job, status="delivered", id="X", **given):
        return self.db.receipt(id + job.id, status, number=job.number, **{"provider": "gupshup", **given})

    def test_the_one_doubt_of_a_number_is_settled_and_its_next_receipts_are_known_by_id(self):
        job = self.db.doubted()
        self.assertEqual(self.report(job, "accepted"), "matched")
        self.assertEqual((self.db.status(job.id), self.db.attempt(job.id, 1, "provider_message_id")), ("sent", "X" + job.id))
        self.assertEqual(self.db.receipt("X" + job.id, "delivered", provider="gupshup"), "matched")
        self.assertEqual(self.db.status(job.id), "delivered")
        self.assertEqual(self.db.redeliver(job).verdict, "finished")

    def test_another_number_provider_or_channel_is_not_taken_for_it(self):
        job = self.db.doubted()
        self.assertEqual(self.report(self.db.doubted(route="twilio/sms")), "parked")
        self.assertEqual(self.report(job, provider="twilio"), "parked")
        self.assertEqual(self.report(job, channel="whatsapp"), "parked")
        self.assertEqual(self.db.receipt("Y" + job.id, "delivered", provider="gupshup"), "parked")
        self.assertEqual(self.db.attempt(job.id), "in_doubt")

    def test_two_doubts_of_a_number_are_left_alone(self):
        job = self.db.doubted()
        self.db.pass_time(job.number, 31)
        other = self.db.doubted(job.number)
        self.assertEqual(self.report(other), "parked")
        self.assertEqual((self.db.attempt(job.id), self.db.attempt(other.id)), ("in_doubt", "in_doubt"))

    def test_only_a_doubt_of_the_last_sixty_seconds_counts(self):
        for passed, answer in ((58, "matched"), (61, "parked")):
            job = self.db.doubted()
            self.db.pass_time(job.number, passed)
            self.assertEqual(self.report(job), answer, passed)

    def test_while_another_attempt_is_under_way_it_waits_for_the_sweep(self):
        job = self.db.doubted()
        self.db.pass_time(job.number, 31)
        other, _ = self.db.send(job.number, route="gupshup/sms")
        self.assertEqual(self.report(job), "parked")
        self.db.call("select * from otp.sweep_due()")
        self.assertEqual(self.db.attempt(job.id), "in_doubt")
        self.db.finish(other.id, 1, "accepted", message="G" + other.id, index=True)
        self.db.call("select * from otp.sweep_due()")
        self.assertEqual((self.db.status(job.id), self.db.status(other.id)), ("delivered", "sent"))

    def test_an_attempt_under_way_gets_its_receipts_once_it_is_in_doubt(self):
        job, _ = self.db.send(route="gupshup/sms")
        self.assertEqual((self.report(job, "accepted"), self.report(job)), ("parked", "parked"))
        self.db.finish(job.id, 1, "in_doubt", put_back=True)
        self.db.call("select * from otp.sweep_due()")
        self.assertEqual((self.db.status(job.id), self.db.attempt(job.id)), ("delivered", "delivered"))

    def test_an_attempt_whose_answer_came_is_known_by_its_id_alone(self):
        job, _ = self.db.send(route="gupshup/sms")
        self.db.finish(job.id, 1, "accepted", message="G" + job.id, index=True)
        self.assertEqual(self.report(job), "parked")
        self.assertEqual(self.db.status(job.id), "sent")


class by_second_id(Case):
    """A WhatsApp message of Gupshup's: G is its own id, W is WhatsApp's."""

    def send_it(self):
        job, _ = self.db.send(route="gupshup/whatsapp", channel="whatsapp")
        return job

    def accept_it(self, job):
        self.db.finish(job.id, 1, "accepted", message="G" + job.id, index=True)

    def receipt(self, id, status, **given):
        return self.db.receipt(id, status, "1026" if status == "undelivered" else None, provider="gupshup", channel="whatsapp", **given)

    def test_a_failure_that_brings_the_second_id_alone_is_that_messages(self):
        job = self.send_it()
        self.accept_it(job)
        self.assertEqual(self.receipt("G" + job.id, "accepted", second="W" + job.id), "matched")
        self.assertEqual(self.receipt("W" + job.id, "undelivered"), "matched")
        self.assertEqual(self.db.delivery(job.id), ("undelivered", "1026"))

    def test_whichever_comes_first(self):
        job = self.send_it()
        self.assertEqual(self.receipt("W" + job.id, "delivered"), "parked")
        self.assertEqual(self.receipt("G" + job.id, "accepted", second="W" + job.id), "parked")
        self.accept_it(job)
        self.assertEqual(self.db.status(job.id), "sent")
        self.db.call("select * from otp.sweep_due()")
        self.assertEqual(self.db.status(job.id), "delivered")

    def test_it_is_learned_once_and_from_a_known_message_only(self):
        job, other = self.send_it(), self.send_it()
        self.accept_it(job)
        for _ in range(2):
            self.receipt("G" + job.id, "accepted", second="W" + job.id)
        self.receipt("G" + job.id, "accepted", second="another" + job.id)
        self.receipt("G" + other.id, "ignored", second="W" + other.id)
        rows = self.db.rows("select provider_message_id, second_id from otp.provider_message where request_id in (%s, %s) order by 1", job.id, other.id)
        self.assertEqual(rows, [("G" + job.id, "W" + job.id), ("W" + job.id, None)])


class told(Case):
    def test_each_outcome_that_a_receipt_brings_is_to_be_told_once(self):
        job = self.sent(user="u-9", trace="00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01")
        self.assertIsNone(self.db.recorded("M" + job.id, "accepted", None, job.id, 1).event_id)
        e = self.db.recorded("M" + job.id, "delivered", None, job.id, 1)
        self.assertEqual((e.answer, e.request_id, e.tenant, e.user, e.purpose, e.status, e.provider, e.channel, e.reason, e.traceparent),
                         ("matched", job.id, "acme", "u-9", "login", "delivered", "twilio", "sms", None, job.trace))
        self.assertEqual(e.verification_id, self.db.delivery(job.id, "verification_id")[0])
        self.assertIsNone(self.db.recorded("M" + job.id, "delivered", None, job.id, 1).event_id)
        self.assertEqual(len(self.events(job)), 1)

    def test_receipts_and_the_answer_at_the_same_moment_leave_one_outcome_and_one_event(self):
        for _ in range(10):
            job, _ = self.db.send()

            def work(place, session):
                if place == 0:
                    return session.finish(job.id, 1, "accepted", message="M" + job.id, job=b"j").status
                return session.receipt("M" + job.id, ("accepted", "delivered")[place % 2], None, job.id, 1)
            self.database.parallel(5, work)
            self.assertEqual((self.db.status(job.id), self.db.attempt(job.id)), ("delivered", "delivered"))
            self.assertEqual([e.status for e in self.events(job)], ["delivered"])

    def test_an_undelivered_one_says_why_and_a_retry_says_nothing_yet(self):
        job = self.sent()
        self.assertIsNone(self.undelivered(job).event_id)
        other = self.sent(job=None)
        e = self.undelivered(other)
        self.assertEqual((e.status, e.reason), ("undelivered", "30003"))

    def test_what_finish_and_the_sweep_match_is_told_too(self):
        job, _ = self.db.send(route="gupshup/sms")
        self.db.receipt("G" + job.id, "delivered", provider="gupshup")
        self.db.finish(job.id, 1, "accepted", message="G" + job.id, index=True)
        self.assertEqual([e.status for e in self.events(job)], ["delivered"])

    def test_what_nobody_told_in_ten_seconds_is_claimed_by_one_sweep_until_it_is_forgotten(self):
        job = self.sent()
        id = self.db.recorded("M" + job.id, "delivered", None, job.id, 1).event_id

        def untold():
            return [e.event_id for e in self.db.call("select * from otp.untold_events()") if e.request_id == job.id]
        self.assertEqual(untold(), [])
        for _ in range(2):      # its claimer died
            self.db.rows("update otp.untold_event set due_at = due_at - interval '31 s' where id = %s", id)
            self.assertEqual((untold(), untold()), ([id], []))
        self.db.rows("select otp.forget_events(array[%s::bigint])", id)
        self.assertEqual(self.events(job), [])

    def test_an_event_that_stays_untold_is_claimed_for_as_long_again_as_it_is_old_up_to_five_minutes(self):
        job = self.sent()
        id = self.db.recorded("M" + job.id, "delivered", None, job.id, 1).event_id
        for age, least, most in ((1, 29, 31), (100, 99, 130), (4000, 299, 301)):
            self.db.rows("update otp.untold_event set at = clock_timestamp() - make_interval(secs => %s), due_at = clock_timestamp() where id = %s", age, id)
            self.assertIn(id, [e.event_id for e in self.db.call("select * from otp.untold_events()")])
            claimed = self.db.one("select extract(epoch from due_at - clock_timestamp())::float from otp.untold_event where id = %s", id)
            self.assertTrue(least <= claimed <= most, (age, claimed))

    def test_an_outcome_whose_event_was_refused_is_left_to_the_sweep(self):
        job = self.sent()
        failed, _ = self.db.send(route="twilio/sms")
        self.db.finish(failed.id, 1, "refused", error="21211", reason="invalid_number")
        for of, status in ((job, "sent"), (failed, "failed")):
            self.assertEqual(self.db.one("select request_id::text from otp.keep_outcomes(array[%s::uuid], array[%s], array[%s])", of.id, of.tenant, status), of.id)
        (sent,), (end,) = self.events(job), self.events(failed)
        self.assertEqual((sent.status, sent.tenant, sent.purpose, sent.provider, sent.channel, sent.reason),
                         ("sent", job.tenant, job.purpose, "twilio", "sms", None))
        self.assertEqual((end.status, end.reason), ("failed", "invalid_number"))
        self.assertEqual(self.db.one("select count(*) from otp.untold_event where request_id = %s and due_at < now() + interval '20 s'", job.id), 0)


if __name__ == "__main__":
    unittest.main()
