#!/usr/bin/python3
"""What follows an attempt: leases, doubts, the next provider, budgets of attempts, receipts, rejected jobs and the sweep."""
import unittest

from store_database import ROUTE, Database, Job, new_id


def setUpModule():
    global database
    database = Database("store_outcomes")


def tearDownModule():
    database.drop()


class Case(unittest.TestCase):
    def setUp(self):
        self.db = database.session()
        self.addCleanup(self.db.close)

    def redeliver(self, job, owner="w2"):
        return self.db.begin([job], owner)[0]

    def doubted(self, **given):
        """A job whose only attempt's lease is over."""
        job, _ = self.db.send(**given)
        self.db.pass_time(job.number, 16)
        return job


class leases(Case):
    def test_a_redelivery_is_put_back_while_the_lease_lives(self):
        job, _ = self.db.send()
        for _ in range(2):
            a = self.redeliver(job)
            self.assertEqual((a.verdict, a.attempt, a.provider), ("leased", 1, "twilio"))
            self.assertTrue(14000 < a.retry_after_ms <= 15000, a.retry_after_ms)
        self.assertEqual(self.db.attempt(job.id), "started")

    def test_a_redelivery_after_the_lease_is_in_doubt_and_takes_the_lease(self):
        job = self.doubted()
        a = self.redeliver(job, "w2")
        self.assertEqual((a.verdict, a.attempt, a.provider, a.seed), ("in_doubt", 1, "twilio", job.id))
        self.assertEqual(self.db.attempt(job.id, 1, "state, owner"), ("in_doubt", "w2"))
        self.assertEqual(self.redeliver(job, "w3").verdict, "leased")

    def test_the_owner_before_is_told_that_it_lost(self):
        job = self.doubted()
        self.redeliver(job, "w2")
        self.assertEqual(self.db.finish(job.id, 1, "accepted", "w1").answer, "lost")
        self.assertEqual(self.db.attempt(job.id), "in_doubt")
        self.assertEqual(self.db.finish(new_id(), 1, "accepted", "w1").answer, "lost")

    def test_a_doubt_past_the_deadline_ends_as_expired_and_stays_a_doubt(self):
        for state in ("started", "in_doubt"):
            job = self.doubted()
            if state == "in_doubt":
                self.redeliver(job)
            self.db.pass_time(job.number, 300)
            for verdict in ("refused", "finished"):
                a = self.redeliver(job)
                self.assertEqual((a.verdict, a.status, a.reason), (verdict, "expired", "in_doubt"))
            self.assertEqual(self.db.attempt(job.id), "in_doubt")


class doubts(Case):
    def test_a_doubted_attempt_is_followed_by_another_provider_with_the_same_code(self):
        job = self.doubted()
        self.redeliver(job, "w2")
        f = self.db.finish(job.id, 1, "in_doubt", "w2", next=ROUTE)
        self.assertEqual((f.answer, f.status, f.next_attempt, f.provider, f.channel), ("ok", "sending", 2, "gupshup", "sms"))
        self.assertTrue(0 < f.remaining_ms <= 284000)
        self.assertEqual(self.db.delivery(job.id, "attempts, generation, provider"), (2, 1, "gupshup"))
        self.assertEqual((self.db.attempt(job.id, 1), self.db.attempt(job.id, 2)), ("in_doubt", "started"))

    def test_a_provider_with_a_doubted_attempt_is_out_for_good(self):
        job = self.doubted()
        self.redeliver(job, "w2")
        f = self.db.finish(job.id, 1, "in_doubt", "w2", next="twilio/sms,twilio/whatsapp", put_back=True)
        self.assertEqual((f.answer, f.status, f.next_attempt), ("ok", "sending", None))
        self.db.finish(job.id, 1, "in_doubt", "w2", next=ROUTE)
        f = self.db.finish(job.id, 2, "not_sent", "w2", next="twilio/sms", put_back=True)
        self.assertEqual((f.status, f.next_attempt), ("sending", None))
        job.route = "twilio/sms"
        a = self.redeliver(job, "w3")
        self.assertEqual((a.verdict, a.attempt, a.provider), ("in_doubt", 1, "twilio"))
        job.route = ROUTE
        self.db.rows("update otp.delivery_attempt set lease_until = now() where request_id = %s", job.id)
        a = self.redeliver(job, "w3")
        self.assertEqual((a.verdict, a.attempt, a.provider), ("send", 3, "gupshup"))

    def test_a_delivery_never_fails_while_an_earlier_attempt_is_in_doubt(self):
        job = self.doubted()
        self.redeliver(job, "w1")
        self.db.finish(job.id, 1, "in_doubt", next=ROUTE)
        f = self.db.finish(job.id, 2, "refused", error="21211", reason="refused_number")
        self.assertEqual((f.status, f.next_attempt), ("sending", None))
        self.assertEqual(self.db.receipt("SM7", "delivered", None, job.id, 1), "matched")
        self.assertEqual(self.db.delivery(job.id), ("delivered", None))
        self.assertEqual(self.redeliver(job).status, "delivered")

    def test_a_doubt_held_for_a_receipt_is_told_again_until_the_receipt_settles_it(self):
        job = self.doubted()
        for _ in range(2):
            self.assertEqual(self.redeliver(job, "w1").verdict, "in_doubt")
            self.assertEqual(self.db.finish(job.id, 1, "in_doubt", put_back=True).status, "sending")
            self.assertEqual(self.db.events(job.id), 1)
        self.db.receipt("SM8", "accepted", None, job.id, 1)
        self.assertEqual((self.db.delivery(job.id)[0], self.db.attempt(job.id)), ("sent", "accepted"))
        self.assertEqual(self.redeliver(job).verdict, "finished")

    def test_a_doubt_settled_as_not_sent_lets_the_same_provider_try_again(self):
        job = self.doubted(route="twilio/sms")
        self.redeliver(job, "w2")
        f = self.db.finish(job.id, 1, "not_sent", "w2", next="twilio/sms")
        self.assertEqual((f.next_attempt, f.provider), (2, "twilio"))


class next_attempts(Case):
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
        a = self.redeliver(job)
        self.assertEqual((a.verdict, a.status, a.reason), ("refused", "failed", "attempts_spent"))

    def test_one_provider_alone_is_tried_twice(self):
        job, _ = self.db.send(route="twilio/sms")
        self.assertEqual(self.db.finish(job.id, 1, "not_sent", next="twilio/sms").next_attempt, 2)
        self.db.finish(job.id, 2, "not_sent", put_back=True)
        self.assertEqual(self.redeliver(job).reason, "no_provider_left")

    def test_the_budget_of_sixty_seconds_counts_from_the_first_attempt(self):
        for passed, verdict in ((58, "send"), (60, "refused")):
            job, _ = self.db.send()
            self.db.finish(job.id, 1, "not_sent", put_back=True)
            self.db.pass_time(job.number, passed)
            a = self.redeliver(job)
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
        self.assertEqual(self.redeliver(job).verdict, "send")

    def test_slow_down_takes_the_other_provider_first(self):
        job, _ = self.db.send()
        self.assertEqual(self.db.finish(job.id, 1, "not_sent", counts=False, next=ROUTE).provider, "gupshup")

    def test_an_attempt_opened_by_finish_moves_the_pause_of_the_ladder(self):
        job, _ = self.db.send()
        self.db.pass_time(job.number, 20)
        self.db.finish(job.id, 1, "not_sent", next=ROUTE)
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
        a = self.db.begin([job], "w2")[0]
        self.assertEqual((a.verdict, a.attempt), ("in_doubt", 1))
        started = self.db.one("select started_at from otp.delivery_attempt where request_id = %s and attempt = 1", job.id)
        self.assertEqual(a.started_at, started)
        self.assertEqual(self.db.finish(job.id, 1, "accepted", "w2").status, "sent")
        self.assertEqual(self.db.delivery(job.id, "provider, channel"), ("twilio", "sms"))


class receipts(Case):
    def sent(self, **given):
        job, _ = self.db.send()
        self.db.finish(job.id, 1, "accepted", message="M" + job.id, **given)
        return job

    def test_a_delivered_receipt_ends_the_delivery_and_a_late_failure_changes_nothing(self):
        job = self.sent()
        self.db.receipt("M" + job.id, "delivered", None, job.id, 1)
        events = self.db.events(job.id)
        self.db.receipt("M" + job.id, "undelivered", "30003", job.id, 1)
        self.assertEqual((self.db.delivery(job.id), self.db.attempt(job.id)), (("delivered", None), "delivered"))
        self.assertEqual(self.db.events(job.id), events + 1)

    def test_only_a_late_delivered_changes_undelivered(self):
        job = self.sent()
        self.db.receipt("M" + job.id, "undelivered", "30003", job.id, 1)
        self.assertEqual(self.db.delivery(job.id), ("undelivered", "30003"))
        self.db.receipt("M" + job.id, "delivered", None, job.id, 1)
        self.assertEqual((self.db.delivery(job.id), self.db.attempt(job.id)), (("delivered", None), "delivered"))

    def test_a_receipt_never_revives_a_refused_attempt(self):
        job, _ = self.db.send()
        self.db.finish(job.id, 1, "refused", error="21211")
        self.db.receipt("M", "delivered", None, job.id, 1)
        self.assertEqual((self.db.delivery(job.id)[0], self.db.attempt(job.id)), ("failed", "refused"))

    def test_a_failed_receipt_is_answered_by_another_provider_once(self):
        job = self.sent(job=b"bytes")
        self.db.receipt("M" + job.id, "undelivered", "30003", job.id, 1)
        self.assertEqual(self.db.delivery(job.id, "status, receipt_retry, sweep_at is not null"), ("sent", 1, True))
        due = [r for r in self.db.call("select * from otp.sweep_due()") if r.request_id == job.id]
        self.assertEqual([(bytes(r.job), r.attempts) for r in due], [(b"bytes", 1)])
        self.db.rows("select otp.mark_published(array[%s::uuid])", job.id)
        a = self.redeliver(job)
        self.assertEqual((a.verdict, a.attempt, a.provider, a.status), ("send", 2, "gupshup", "sent"))
        self.assertEqual(self.db.finish(job.id, 2, "accepted", "w2", message="N" + job.id, job=b"bytes").status, "sent")
        self.db.receipt("N" + job.id, "undelivered", "30003", job.id, 2, provider="gupshup")
        self.assertEqual(self.db.delivery(job.id), ("undelivered", "30003"))

    def test_a_failed_receipt_that_nobody_can_answer_ends_as_undelivered(self):
        job = self.sent(job=b"bytes")
        self.db.receipt("M" + job.id, "undelivered", "30003", job.id, 1)
        job.route = "twilio/sms"
        a = self.redeliver(job)
        self.assertEqual((a.verdict, a.status, a.reason), ("refused", "undelivered", "no_provider_left"))
        self.assertEqual(self.redeliver(job).verdict, "finished")

    def test_a_failed_second_try_ends_as_undelivered(self):
        job = self.sent(job=b"bytes")
        self.db.receipt("M" + job.id, "undelivered", "30003", job.id, 1)
        self.redeliver(job, "w1")
        f = self.db.finish(job.id, 2, "refused", error="21211", reason="refused_number")
        self.assertEqual(f.status, "undelivered")

    def test_a_failed_receipt_of_a_used_code_asks_for_nothing(self):
        job, a = self.db.send(code="right")
        self.db.finish(job.id, 1, "accepted", message="SM", job=b"bytes")
        self.db.check(job.number, "right")
        self.db.receipt("SM", "undelivered", "30003", job.id, 1)
        self.assertEqual(self.db.delivery(job.id)[0], "undelivered")

    def test_a_receipt_before_its_message_is_known_is_parked_once_and_matched_by_finish(self):
        job, _ = self.db.send(route="gupshup/sms")
        for _ in range(2):
            self.assertEqual(self.db.receipt("G" + job.id, "delivered", provider="gupshup"), "parked")
        self.assertEqual(self.db.one("select count(*) from otp.parked_receipt where provider_message_id = %s", "G" + job.id), 1)
        self.db.finish(job.id, 1, "accepted", message="G" + job.id, index=True)
        self.assertEqual(self.db.delivery(job.id)[0], "delivered")
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
        self.assertEqual(self.db.delivery(job.id)[0], "delivered")
        self.assertEqual(self.db.one("select count(*) from otp.parked_receipt where provider_message_id like 'foreign%'"), 1200)

    def test_a_receipt_of_another_provider_never_matches(self):
        job = self.sent()
        self.assertEqual(self.db.receipt("X", "delivered", None, job.id, 1, provider="gupshup"), "parked")
        self.assertEqual(self.db.delivery(job.id)[0], "sent")


class rejected_jobs(Case):
    def reject(self, request, number=None, reason="unknown_field", tenant=None, purpose=None, unwritten=False):
        return self.db.call("select * from otp.reject_jobs(array[%s::uuid],array[%s],array[%s],array[%s],array[null],array[null],array[null],"
                            "array[null],array[null]::timestamptz[],array[%s],array[null],array[%s])",
                            request, tenant, number, purpose, reason, unwritten)[0].recorded

    def test_a_job_that_cannot_be_understood_leaves_a_rejected_delivery_and_an_event(self):
        request = new_id()
        self.assertTrue(self.reject(request))
        self.assertFalse(self.reject(request))
        self.assertEqual((self.db.delivery(request), self.db.events(request)), (("rejected", "unknown_field"), 1))

    def test_one_that_comes_mended_is_new_to_the_policy_that_refuses_it(self):
        job = Job()
        self.reject(job.id)
        for recorded in (True, False):
            self.assertEqual(self.reject(job.id, job.number, "country_not_allowed", "acme", "login"), recorded)
        self.assertFalse(self.reject(job.id), "nor is it broken again where another copy of it is")
        self.assertEqual(self.db.delivery(job.id, "status, reason, number"), ("rejected", "country_not_allowed", job.number))
        self.assertEqual(self.db.events(job.id), 2)

    def test_one_that_comes_mended_is_new_to_begin(self):
        job = Job()
        self.reject(job.id)
        self.assertEqual(self.redeliver(job).verdict, "send")
        self.assertEqual(self.db.delivery(job.id, "status, reason, number"), ("sending", None, job.number))

    def test_a_known_request_is_left_untouched(self):
        job, _ = self.db.send()
        self.assertFalse(self.reject(job.id, job.number, tenant="acme", purpose="login"))
        self.assertEqual(self.db.delivery(job.id), ("sending", None))

    def test_policy_ends_an_accepted_request_but_only_the_same_one(self):
        job = Job()
        self.db.accept(job)
        self.assertFalse(self.reject(job.id, "+1999", "country_not_allowed", "acme", "login"))
        self.assertTrue(self.reject(job.id, job.number, "country_not_allowed", "acme", "login"))
        self.assertEqual(self.db.delivery(job.id, "status, reason, sweep_at"), ("rejected", "country_not_allowed", None))
        self.assertEqual(self.db.accept(job).verdict, "repeated")


    def unwritten(self, job):
        return self.reject(job.id, job.number, "unknown_template", "acme", "login", unwritten=True)

    def test_an_accepted_request_that_cannot_be_written_is_ended_and_told(self):
        job = Job()
        self.db.accept(job)
        self.assertEqual([self.unwritten(job), self.unwritten(job)], [True, True])
        self.assertEqual(self.db.delivery(job.id, "status, reason, number, sweep_at"), ("rejected", "unknown_template", job.number, None))
        self.assertEqual(self.db.rows("select status, reason from otp.untold_event where request_id = %s", job.id), [("rejected", "unknown_template")])
        self.assertEqual(self.db.events(job.id), 1)

    def test_a_job_that_cannot_be_written_is_recorded_without_its_number_and_new_when_it_comes_mended(self):
        job = Job()
        self.assertEqual([self.unwritten(job), self.unwritten(job)], [True, True])
        self.assertEqual(self.db.delivery(job.id, "status, reason, number"), ("rejected", "unknown_template", ""))
        self.assertEqual(self.db.one("select count(*) from otp.untold_event where request_id = %s", job.id), 0)
        self.assertEqual(self.redeliver(job).verdict, "send")

    def test_a_begun_request_that_cannot_be_written_any_more_is_left_to_begin(self):
        job, _ = self.db.send()
        self.assertFalse(self.unwritten(job))
        self.assertEqual(self.db.delivery(job.id), ("sending", None))


class late_jobs(Case):
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
        self.assertEqual(self.redeliver(job).verdict, "finished")

    def test_the_id_of_another_number_ends_nothing(self):
        job = Job()
        self.db.accept(job)
        self.db.pass_time(job.number, 280)
        other = Job()
        other.id = job.id
        self.assertIsNone(self.expire(other))
        self.assertEqual(self.db.delivery(job.id)[0], "queued")

    def test_one_that_could_not_be_understood_before_is_left_to_begin(self):
        job = Job()
        self.db.rows("select otp.reject_jobs(array[%s::uuid],null,null,null,null,null,null,null,null,array['unknown_field'],null)", job.id)
        self.assertIsNone(self.expire(job))


class out_of_time(Case):
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
        a = self.redeliver(job)
        self.assertEqual((a.verdict, a.status, a.reason), ("refused", "expired", "expired"))

    def test_while_an_earlier_attempt_is_in_doubt_only_the_deadline_ends_it(self):
        job, _ = self.db.send(ttl=60)
        self.db.finish(job.id, 1, "in_doubt", next=ROUTE)
        self.db.finish(job.id, 2, "refused", error="30008")
        self.db.pass_time(job.number, 31)
        self.assertEqual(self.redeliver(job).verdict, "in_doubt")

    def test_what_failed_for_another_reason_has_failed(self):
        job, _ = self.db.send(ttl=60)
        self.db.pass_time(job.number, 31)
        f = self.db.finish(job.id, 1, "refused", error="21211", reason="21211")
        self.assertEqual((f.status, f.reason), ("failed", "21211"))


class sweeps(Case):
    def due(self):
        return [r.request_id for r in self.db.call("select * from otp.sweep_due()")]

    def test_an_accepted_request_is_swept_after_thirty_seconds_and_again_until_marked(self):
        job = Job(job=b"the message")
        self.db.accept(job)
        self.assertNotIn(job.id, self.due())
        for _ in range(2):
            self.db.pass_time(job.number, 31)
            self.assertIn(job.id, self.due())
            self.assertNotIn(job.id, self.due())
        self.db.rows("select otp.mark_published(array[%s::uuid])", job.id)
        self.db.pass_time(job.number, 31)
        self.assertNotIn(job.id, self.due())

    def test_a_request_past_its_deadline_is_published_to_be_ended_by_begin(self):
        job = Job()
        self.db.accept(job)
        self.db.pass_time(job.number, 301)
        self.assertIn(job.id, self.due())
        a = self.redeliver(job)
        self.assertEqual((a.verdict, a.status, a.reason), ("refused", "expired", "expired"))
        self.db.pass_time(job.number, 31)
        self.assertNotIn(job.id, self.due())

    def look_at_the_last_twenty_minutes(self):
        self.db.rows("update otp.ended_mark set at = clock_timestamp() - interval '20 min'")
        for _ in range(6):      # a minute each
            self.due()

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
            self.assertEqual(self.db.rows("select status, reason from otp.untold_event where request_id = %s", job.id), [("expired", reason)])
            self.assertEqual(self.db.one("select status from otp.delivery_event where request_id = %s", job.id), reason)
        self.look_at_the_last_twenty_minutes()
        self.assertEqual(self.db.one("select count(*) from otp.untold_event where request_id = any (%s::uuid[])", [queued.id, begun.id]), 2)

    def test_a_begun_request_is_never_swept(self):
        job = Job()
        self.db.accept(job)
        self.redeliver(job)
        self.db.pass_time(job.number, 31)
        self.assertNotIn(job.id, self.due())


if __name__ == "__main__":
    unittest.main()
