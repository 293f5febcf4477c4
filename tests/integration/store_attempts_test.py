#!/usr/bin/python3
"""What follows an attempt: leases, doubts, the next provider, and the budgets of attempts and time."""
import unittest

from store_case import StoreTest
from store_database import ROUTE, Job, new_id


class Case(StoreTest):
    def doubted(self, **given):
        """A job whose only attempt's lease is over."""
        job, _ = self.db.send(**given)
        self.db.pass_time(job.number, 16)
        return job


class leases(Case):
    def test_a_redelivery_is_put_back_while_the_lease_lives(self):
        job, _ = self.db.send()
        for _ in range(2):
            a = self.db.redeliver(job)
            self.assertEqual((a.verdict, a.attempt, a.provider), ("leased", 1, "twilio"))
            self.assertTrue(14000 < a.retry_after_ms <= 15000, a.retry_after_ms)
        self.assertEqual(self.db.attempt(job.id), "started")

    def test_a_redelivery_after_the_lease_is_in_doubt_and_takes_the_lease(self):
        job = self.doubted()
        a = self.db.redeliver(job, "w2")
        self.assertEqual((a.verdict, a.attempt, a.provider, a.seed), ("in_doubt", 1, "twilio", job.id))
        self.assertEqual(self.db.attempt(job.id, 1, "state, owner"), ("in_doubt", "w2"))
        self.assertEqual(self.db.redeliver(job, "w3").verdict, "leased")

    def test_the_owner_before_is_told_that_it_lost(self):
        job = self.doubted()
        self.db.redeliver(job, "w2")
        self.assertEqual(self.db.finish(job.id, 1, "accepted", "w1").answer, "lost")
        self.assertEqual(self.db.attempt(job.id), "in_doubt")
        self.assertEqual(self.db.finish(new_id(), 1, "accepted", "w1").answer, "lost")

    def test_an_owner_that_lost_opens_no_next_attempt(self):
        job = self.doubted()
        self.db.redeliver(job, "w2")
        self.assertEqual(self.db.finish(job.id, 1, "not_sent", "w1", next=ROUTE).answer, "lost")
        self.assertEqual(self.db.one("select count(*) from otp.delivery_attempt where request_id = %s", job.id), 1)

    def test_a_doubt_past_the_deadline_ends_as_expired_and_stays_a_doubt(self):
        for state in ("started", "in_doubt"):
            job = self.doubted()
            if state == "in_doubt":
                self.db.redeliver(job)
            self.db.pass_time(job.number, 300)
            for verdict in ("refused", "finished"):
                a = self.db.redeliver(job)
                self.assertEqual((a.verdict, a.status, a.reason), (verdict, "expired", "in_doubt"))
            self.assertEqual(self.db.attempt(job.id), "in_doubt")


class doubts(Case):
    def test_a_doubted_attempt_is_followed_by_another_provider_with_the_same_code(self):
        job = self.doubted()
        self.db.redeliver(job, "w2")
        f = self.db.finish(job.id, 1, "in_doubt", "w2", next=ROUTE)
        self.assertEqual((f.answer, f.status, f.next_attempt, f.provider, f.channel), ("ok", "sending", 2, "gupshup", "sms"))
        self.assertTrue(0 < f.remaining_ms <= 284000)
        self.assertEqual(self.db.delivery(job.id, "attempts, generation, provider"), (2, 1, "gupshup"))
        self.assertEqual((self.db.attempt(job.id, 1), self.db.attempt(job.id, 2)), ("in_doubt", "started"))

    def test_a_provider_with_a_doubted_attempt_is_out_for_good(self):
        job = self.doubted()
        self.db.redeliver(job, "w2")
        f = self.db.finish(job.id, 1, "in_doubt", "w2", next="twilio/sms,twilio/whatsapp", put_back=True)
        self.assertEqual((f.answer, f.status, f.next_attempt), ("ok", "sending", None))
        self.db.finish(job.id, 1, "in_doubt", "w2", next=ROUTE)
        f = self.db.finish(job.id, 2, "not_sent", "w2", next="twilio/sms", put_back=True)
        self.assertEqual((f.status, f.next_attempt), ("sending", None))
        job.route = "twilio/sms"
        a = self.db.redeliver(job, "w3")
        self.assertEqual((a.verdict, a.attempt, a.provider), ("in_doubt", 1, "twilio"))
        job.route = ROUTE
        self.db.end_leases(job.id)
        a = self.db.redeliver(job, "w3")
        self.assertEqual((a.verdict, a.attempt, a.provider), ("send", 3, "gupshup"))

    def test_a_delivery_never_fails_while_an_earlier_attempt_is_in_doubt(self):
        job = self.doubted()
        self.db.redeliver(job, "w1")
        self.db.finish(job.id, 1, "in_doubt", next=ROUTE)
        f = self.db.finish(job.id, 2, "refused", error="21211", reason="refused_number")
        self.assertEqual((f.status, f.next_attempt), ("sending", None))
        self.assertEqual(self.db.receipt("SM7", "delivered", None, job.id, 1), "matched")
        self.assertEqual(self.db.delivery(job.id), ("delivered", None))
        self.assertEqual(self.db.redeliver(job).status, "delivered")

    def test_a_doubt_held_for_a_receipt_is_told_again_until_the_receipt_settles_it(self):
        job = self.doubted()
        for _ in range(2):
            self.assertEqual(self.db.redeliver(job, "w1").verdict, "in_doubt")
            self.assertEqual(self.db.finish(job.id, 1, "in_doubt", put_back=True).status, "sending")
            self.assertEqual(self.db.events(job.id), 1)
        self.db.receipt("SM8", "accepted", None, job.id, 1)
        self.assertEqual((self.db.status(job.id), self.db.attempt(job.id)), ("sent", "accepted"))
        self.assertEqual(self.db.redeliver(job).verdict, "finished")

    def test_a_doubt_settled_as_not_sent_lets_the_same_provider_try_again(self):
        job = self.doubted(route="twilio/sms")
        self.db.redeliver(job, "w2")
        f = self.db.finish(job.id, 1, "not_sent", "w2", next="twilio/sms")
        self.assertEqual((f.next_attempt, f.provider), (2, "twilio"))


class look_ups(Case):
    """A doubt of which the provider was asked by number: what it names may be another request's."""

    def asked(self, **given):
        job = self.doubted(**given)
        self.db.redeliver(job, "w1")
        return job

    def test_a_message_that_another_attempt_holds_changes_nothing(self):
        for found in ("accepted", "refused"):
            job = self.asked()
            other, _ = self.db.send(job.number, tenant="other")
            self.db.finish(other.id, 1, "accepted", message="SM" + other.id)
            kept = "state, provider_message_id, http_status, error_code, segments, bars_channel"
            before = (self.db.attempt(job.id, 1, kept), self.db.events(job.id))
            for _ in range(2):
                f = self.db.finish(job.id, 1, found, message="SM" + other.id, error="30004", bars=True, found=True, next=ROUTE)
                self.assertEqual((f.answer, f.status, f.next_attempt), ("not_ours", "sending", None))
            self.assertEqual((self.db.attempt(job.id, 1, kept), self.db.events(job.id)), before)
            self.assertEqual(self.db.finish(job.id, 1, "in_doubt", next=ROUTE, put_back=True).provider, "gupshup")

    def test_a_message_may_be_that_of_a_later_attempt_whose_end_is_not_known(self):
        job = self.asked()
        other, _ = self.db.send(job.number, tenant="other")
        self.assertEqual(self.db.finish(job.id, 1, "accepted", message="SMa", found=True).answer, "not_ours")
        self.db.finish(other.id, 1, "in_doubt", put_back=True)
        self.assertEqual(self.db.finish(job.id, 1, "accepted", message="SMa", found=True).answer, "not_ours")
        self.db.finish(other.id, 1, "accepted", message="SMb")
        self.assertEqual(self.db.finish(job.id, 1, "accepted", message="SMa", found=True).answer, "ok")
        self.assertEqual((self.db.status(job.id), self.db.attempt(job.id, 1, "provider_message_id")), ("sent", "SMa"))

    def test_an_earlier_attempt_or_one_of_another_provider_or_number_is_in_nobodys_way(self):
        earlier = self.doubted(tenant="other")
        self.db.pass_time(earlier.number, 5)
        job, _ = self.db.send(earlier.number)
        self.db.send(job.number, tenant="third", route="gupshup/sms")
        self.db.send()
        self.db.finish(job.id, 1, "in_doubt", put_back=True)
        self.db.redeliver(job, "w1")
        for _ in range(2):  # the second as after a lost answer
            self.assertEqual(self.db.finish(job.id, 1, "accepted", message="SMc", found=True).answer, "ok")
        self.assertEqual(self.db.status(job.id), "sent")

    def test_a_receipt_that_was_faster_stands(self):
        job = self.asked()
        other, _ = self.db.send(job.number, tenant="other")
        self.db.receipt("SM" + job.id, "delivered", None, job.id, 1)
        f = self.db.finish(job.id, 1, "accepted", message="SM" + other.id, found=True)
        self.assertEqual((f.answer, f.status), ("settled", "delivered"))

    def test_of_a_batch_the_others_end_as_they_say(self):
        job = self.asked()
        other = self.db.sent(number=job.number, tenant="other")
        plain, _ = self.db.send()
        ids = sorted([job.id, plain.id])
        answers = self.db.call("select * from otp.finish_sends(%s,'15 s',%s::uuid[],%s,%s,%s,%s,%s::text[],%s,%s::text[],%s,%s::text[],"
                               "p_found => %s)", ["w1"] * 2, ids, [1] * 2, ["accepted"] * 2, ["M" + other.id, "M" + other.id], [200] * 2,
                               [None] * 2, [1] * 2, [None] * 2, [False] * 2, [None] * 2, [i == job.id for i in ids])
        self.assertEqual({a.request_id: (a.answer, a.status) for a in answers},
                         {job.id: ("not_ours", "sending"), plain.id: ("ok", "sent")})


class next_attempts(StoreTest):
    def test_a_refused_attempt_is_followed_by_the_other_provider_in_the_same_call(self):
        job, _ = self.db.send()
        f = self.db.finish(job.id, 1, "refused", error="20003", next=ROUTE)
        self.assertEqual((f.status, f.next_attempt, f.provider), ("sending", 2, "gupshup"))

    def test_without_a_next_provider_the_delivery_fails_with_the_reason(self):
        job, _ = self.db.send()
        f = self.db.finish(job.id, 1, "refused", error="21211", reason="refused_number")
        self.assertEqual((f.answer, f.status, f.next_attempt), ("ok", "failed", None))
        self.assertEqual(self.db.delivery(job.id), ("failed", "refused_number"))
        self.assertIsNotNone(self.db.delivery(job.id, "finished_at")[0])

    def test_four_attempts_and_two_of_a_provider_are_the_most(self):
        job, _ = self.db.send()
        providers = ["twilio"]
        for attempt in (1, 2, 3):
            f = self.db.finish(job.id, attempt, "not_sent", next=ROUTE)
            providers.append(f.provider)
        self.assertEqual(providers, ["twilio", "gupshup", "twilio", "gupshup"])
        f = self.db.finish(job.id, 4, "not_sent", next=ROUTE + ",third/sms", error="connect")
        self.assertEqual((f.status, f.next_attempt), ("failed", None))

    def test_a_fifth_attempt_is_refused_by_begin_too(self):
        job, _ = self.db.send()
        for attempt in (1, 2, 3):
            self.db.finish(job.id, attempt, "not_sent", next=ROUTE)
        self.db.finish(job.id, 4, "not_sent", put_back=True)
        job.route = ROUTE + ",third/sms"
        a = self.db.redeliver(job)
        self.assertEqual((a.verdict, a.status, a.reason), ("refused", "failed", "attempts_spent"))

    def test_one_provider_alone_is_tried_twice(self):
        job, _ = self.db.send(route="twilio/sms")
        self.assertEqual(self.db.finish(job.id, 1, "not_sent", next="twilio/sms").next_attempt, 2)
        self.db.finish(job.id, 2, "not_sent", put_back=True)
        self.assertEqual(self.db.redeliver(job).reason, "no_provider_left")

    def test_the_budget_of_sixty_seconds_counts_from_the_first_attempt(self):
        for passed, verdict in ((58, "send"), (60, "refused")):
            job, _ = self.db.send()
            self.db.finish(job.id, 1, "not_sent", put_back=True)
            self.db.pass_time(job.number, passed)
            a = self.db.redeliver(job)
            self.assertEqual((a.verdict, a.reason), (verdict, None if verdict == "send" else "attempts_spent"), passed)
            job, _ = self.db.send()
            self.db.pass_time(job.number, passed)
            f = self.db.finish(job.id, 1, "not_sent", next=ROUTE)
            self.assertEqual(f.next_attempt, 2 if verdict == "send" else None, passed)

    def test_no_attempt_follows_in_the_last_thirty_seconds_of_a_code(self):
        for left, opened in ((31, 2), (29, None)):
            job, _ = self.db.send(ttl=60)
            self.db.pass_time(job.number, 60 - left)
            self.assertEqual(self.db.finish(job.id, 1, "not_sent", next=ROUTE).next_attempt, opened, left)

    def test_slow_down_uses_up_neither_attempts_nor_time(self):
        job, _ = self.db.send(route="twilio/sms")
        for attempt in range(1, 7):
            f = self.db.finish(job.id, attempt, "not_sent", error="20429", counts=False, next="twilio/sms")
            self.assertEqual((f.next_attempt, f.provider), (attempt + 1, "twilio"))
        self.db.finish(job.id, 7, "not_sent", counts=False, put_back=True)
        self.db.pass_time(job.number, 61)
        job.route = "twilio/sms"
        self.assertEqual(self.db.redeliver(job).verdict, "send")

    def test_slow_down_takes_the_other_provider_first(self):
        job, _ = self.db.send()
        self.assertEqual(self.db.finish(job.id, 1, "not_sent", counts=False, next=ROUTE).provider, "gupshup")

    def test_a_provider_that_refused_is_out_on_that_channel_only(self):
        route = "twilio/sms,gupshup/sms,twilio/whatsapp"
        job, _ = self.db.send(route=route)
        self.db.finish(job.id, 1, "refused", next="gupshup/sms")
        f = self.db.finish(job.id, 2, "not_sent", next="twilio/sms,twilio/whatsapp")
        self.assertEqual((f.next_attempt, f.provider, f.channel), (3, "twilio", "whatsapp"))
        self.db.finish(job.id, 3, "not_sent", counts=False, put_back=True)
        job.route = "twilio/sms"
        self.assertEqual(self.db.redeliver(job).reason, "no_provider_left")

    def test_a_refusal_bars_its_channel_for_all_that_follows(self):
        job, _ = self.db.send(route="twilio/sms,gupshup/sms,gupshup/whatsapp")
        for _ in range(2):  # the second as after a lost answer
            f = self.db.finish(job.id, 1, "refused", error="30004", bars=True, next="gupshup/whatsapp")
            self.assertEqual((f.next_attempt, f.channel), (2, "whatsapp"))
        self.assertEqual(self.db.attempt(job.id, 1, "bars_channel"), True)
        self.assertIsNone(self.db.finish(job.id, 2, "not_sent", next="gupshup/sms", put_back=True).next_attempt)
        job.route = "third/sms,gupshup/sms,gupshup/whatsapp"
        a = self.db.redeliver(job)
        self.assertEqual((a.verdict, a.provider, a.channel), ("send", "gupshup", "whatsapp"))

    def test_a_later_attempt_moves_the_pause_of_the_ladder_whoever_opens_it(self):
        def by_finish(job):
            return self.db.finish(job.id, 1, "not_sent", next=ROUTE).next_attempt

        def by_begin(job):
            self.db.finish(job.id, 1, "not_sent", put_back=True)
            return self.db.redeliver(job).attempt
        for opens in (by_finish, by_begin):
            job, _ = self.db.send()
            self.db.pass_time(job.number, 20)
            self.assertEqual(opens(job), 2)
            self.db.pass_time(job.number, 20)
            self.assertEqual(self.db.begin([Job(job.number)])[0].reason, "resend_too_soon")

    def test_nothing_follows_for_a_settled_verification_or_beside_a_newer_request(self):
        job, a = self.db.send()
        self.db.one("select otp.cancel_verification('acme', %s)", a.verification_id)
        self.assertEqual(self.db.finish(job.id, 1, "not_sent", next=ROUTE).status, "failed")
        job, _ = self.db.send()
        self.db.pass_time(job.number, 31)
        self.db.send(job.number)
        self.assertEqual(self.db.finish(job.id, 1, "not_sent", next=ROUTE).status, "failed")

    def test_a_finish_said_twice_changes_nothing_the_second_time(self):
        for state, status in (("accepted", "sent"), ("refused", "failed")):
            job, _ = self.db.send()
            first = self.db.finish(job.id, 1, state, error="e")
            before = self.db.delivery(job.id, "status, reason, attempts, provider, finished_at")
            self.assertEqual((first.status, self.db.finish(job.id, 1, state, error="e").status), (status, status))
            self.assertEqual(self.db.delivery(job.id, "status, reason, attempts, provider, finished_at"), before)

    def test_the_message_is_kept_where_it_was_stored_or_is_given(self):
        for stored, given, kept in ((None, None, None), (None, b"bytes", b"bytes"), (b"first", None, b"first")):
            for state in ("accepted", "refused"):
                job = Job(job=stored)
                if stored:
                    self.db.accept(job)
                self.db.begin([job])
                self.db.finish(job.id, 1, state, job=given)
                found = self.db.delivery(job.id, "job")[0]
                self.assertEqual(found and bytes(found), kept, state)

    def test_an_earlier_attempt_whose_doubt_is_settled_names_the_provider(self):
        job, _ = self.db.send()
        self.db.finish(job.id, 1, "in_doubt", next="gupshup/sms")
        self.assertEqual(self.db.finish(job.id, 2, "refused").status, "sending")
        self.db.pass_time(job.number, 16)
        job.route = "twilio/sms"
        a = self.db.redeliver(job)
        self.assertEqual((a.verdict, a.attempt), ("in_doubt", 1))
        started = self.db.one("select started_at from otp.delivery_attempt where request_id = %s and attempt = 1", job.id)
        self.assertEqual(a.started_at, started)
        self.assertEqual(self.db.finish(job.id, 1, "accepted", "w2").status, "sent")
        self.assertEqual(self.db.delivery(job.id, "provider, channel"), ("twilio", "sms"))


class out_of_time(StoreTest):
    """Nothing was texted, and the deadline is why: the delivery has expired, whoever noticed."""

    def test_an_attempt_that_was_not_written_for_it(self):
        job, _ = self.db.send()
        f = self.db.finish(job.id, 1, "not_sent", error="expired", reason="expired")
        self.assertEqual((f.status, f.reason), ("expired", "expired"))

    def test_the_next_provider_is_asked_too_late(self):
        job, _ = self.db.send(ttl=60)
        self.db.pass_time(job.number, 31)
        for _ in range(2):  # the second as after a lost answer
            f = self.db.finish(job.id, 1, "refused", error="30008", next=ROUTE)
            self.assertEqual((f.status, f.reason, f.next_attempt), ("expired", "expired", None))

    def test_it_comes_back_too_late(self):
        job, _ = self.db.send(ttl=60)
        self.db.finish(job.id, 1, "not_sent", put_back=True)
        self.db.pass_time(job.number, 31)
        a = self.db.redeliver(job)
        self.assertEqual((a.verdict, a.status, a.reason), ("refused", "expired", "expired"))

    def test_while_an_earlier_attempt_is_in_doubt_only_the_deadline_ends_it(self):
        job, _ = self.db.send(ttl=60)
        self.db.finish(job.id, 1, "in_doubt", next=ROUTE)
        self.db.finish(job.id, 2, "refused", error="30008")
        self.db.pass_time(job.number, 31)
        self.assertEqual(self.db.redeliver(job).verdict, "in_doubt")

    def test_what_failed_for_another_reason_has_failed(self):
        job, _ = self.db.send(ttl=60)
        self.db.pass_time(job.number, 31)
        f = self.db.finish(job.id, 1, "refused", error="21211", reason="21211")
        self.assertEqual((f.status, f.reason), ("failed", "21211"))


if __name__ == "__main__":
    unittest.main()
