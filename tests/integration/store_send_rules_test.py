#!/usr/bin/python3
"""The rules of begin and accept: each through both statements of begin, and each verdict twice."""
import unittest

import psycopg2

from store_case import StoreTest
from store_database import Job, new_id, new_number, tag


class Case(StoreTest):
    def both_ways(self, make):
        """The answer for make() alone in a call, and for another make() beside a known job, whose batch goes through the ladder's
        statement too; they must agree."""
        alone = self.db.begin([make()])[0]
        job, neighbour = make(), self.known()
        answers = {a.request_id: a for a in self.db.begin([job, neighbour])}
        self.assertEqual(answers[neighbour.id].verdict, "send")
        self.assertEqual((alone.verdict, alone.reason, alone.status), tuple(getattr(answers[job.id], n) for n in ("verdict", "reason", "status")))
        return answers[job.id]

    def sixth(self):
        """A job whose text would be the sixth to its number in ten minutes."""
        number = new_number()
        for purpose in "abcde":
            self.assertEqual(self.db.send(number, purpose=purpose)[1].verdict, "send")
        return Job(number, purpose="f")


class rules_through_both_statements(Case):
    def test_a_new_request_is_sent_by_the_first_of_its_route(self):
        a = self.both_ways(Job)
        self.assertEqual((a.verdict, a.status, a.attempt, a.provider, a.channel, a.seed), ("send", "sending", 1, "twilio", "sms", a.request_id))
        self.assertTrue(299000 < a.remaining_ms <= 300000, a.remaining_ms)

    def test_a_request_past_its_deadline_is_expired(self):
        a = self.both_ways(lambda: Job(age=301))
        self.assertEqual((a.verdict, a.reason, a.status), ("refused", "expired", "expired"))

    def test_the_sixth_text_in_ten_minutes_is_refused(self):
        a = self.both_ways(self.sixth)
        self.assertEqual((a.verdict, a.reason, a.status), ("refused", "limit_number", "rejected"))
        self.assertTrue(598000 < a.retry_after_ms <= 600000, a.retry_after_ms)

    def test_the_sixty_first_text_of_an_address_in_an_hour_is_refused(self):
        def last():
            ip = new_id()
            for _ in range(3):
                self.db.begin([Job(ip=ip) for _ in range(20)])
            return Job(ip=ip)
        a = self.both_ways(last)
        self.assertEqual((a.verdict, a.reason, a.status), ("refused", "limit_ip", "rejected"))
        self.assertTrue(3590000 < a.retry_after_ms <= 3600000, a.retry_after_ms)

    def test_one_batch_admits_exactly_sixty_of_an_address(self):
        ip = new_id()
        verdicts = [a.verdict for a in self.db.begin([Job(ip=ip) for _ in range(64)])]
        self.assertEqual((verdicts.count("send"), verdicts.count("refused")), (60, 4))

    def test_an_address_is_charged_for_what_was_sent_by_either_statement(self):
        for refused in (0, 1, 2):
            ip, known = new_id(), self.known()
            known.ip = ip
            self.db.begin([known, Job(ip=ip)] + [Job(ip=ip, age=400) for _ in range(refused)])
            self.assertEqual(self.db.one("select cardinality(times) from otp.send_budget where subject = %s", ip), 2)

    def test_an_address_of_before_is_charged_for_a_resend(self):
        resend = self.known()
        resend.ip = new_id()
        for job in (Job(ip=resend.ip), resend):
            self.assertEqual(self.db.begin([job])[0].verdict, "send")
        self.assertEqual(self.db.one("select cardinality(times) from otp.send_budget where subject = %s", resend.ip), 2)

    def test_the_address_and_the_trace_of_a_request_are_kept(self):
        for job in (Job(), self.known()):
            job.ip, job.trace = "192.0.2.9", "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"
            self.db.begin([job])
            self.assertEqual(self.db.delivery(job.id, "client_ip, traceparent"), (job.ip, job.trace))

    def test_without_a_provider_it_fails(self):
        a = self.both_ways(lambda: Job(route=None))
        self.assertEqual((a.verdict, a.reason, a.status), ("refused", "no_provider_left", "failed"))

    def test_a_refused_request_charges_nobody(self):
        for job in (Job(age=301, ip=new_id()), Job(route=None, ip=new_id())):
            self.both_ways(lambda: Job(job.number, age=job.age, route=job.route, ip=job.ip))
            self.assertEqual(self.db.one("select count(*) from otp.send_budget where times <> '{}' and subject in (%s, %s)", job.number, job.ip), 0)

    def test_one_that_comes_too_soon_charges_its_address_nothing(self):
        soon, _ = self.db.send()
        job = Job(soon.number, ip=new_id())
        self.assertEqual(self.db.begin([job])[0].reason, "resend_too_soon")
        self.assertEqual(self.db.one("select count(*) from otp.send_budget where times <> '{}' and subject = %s", job.ip), 0)

    def test_a_batch_in_which_every_job_meets_another_rule(self):
        finished, _ = self.db.send()
        self.db.finish(finished.id, 1, "accepted")
        leased, _ = self.db.send()
        doubted, _ = self.db.send()
        self.db.end_leases(doubted.id)
        soon, _ = self.db.send()
        conflicting, _ = self.db.send()
        expected = {}
        jobs = [(finished, "finished", None), (leased, "leased", None), (doubted, "in_doubt", None), (Job(soon.number), "refused", "resend_too_soon"),
                (Job(age=400), "refused", "expired"), (Job(id=conflicting.id), "refused", "request_id_conflict"),
                (Job(route=None), "refused", "no_provider_left"), (self.known(), "send", None), (Job(), "send", None)]
        for job, verdict, reason in jobs:
            expected[job.id] = (verdict, reason)
        got = {a.request_id: (a.verdict, a.reason) for a in self.db.begin([j for j, _, _ in jobs], owner="w2")}
        self.assertEqual(got, expected)

    def test_two_jobs_of_one_number_in_a_batch_are_a_fault_of_the_caller(self):
        number = new_number()
        with self.assertRaises(psycopg2.Error) as raised:
            self.db.begin([Job(number), Job(number, purpose="other")])
        self.assertEqual(raised.exception.pgcode, "22023")


class verdicts_repeat(Case):
    def test_a_refusal_is_stored_and_told_again(self):
        soon, _ = self.db.send()
        for job in (Job(age=400), Job(route=None), Job(soon.number)):
            first, again = self.db.begin([job])[0], self.db.begin([job], owner="w2")[0]
            self.assertEqual((first.verdict, again.verdict), ("refused", "finished"))
            self.assertEqual((again.status, again.reason), (first.status, first.reason))
            self.assertEqual(self.db.events(job.id), 1)

    def test_a_sent_request_is_finished_for_every_redelivery(self):
        job, _ = self.db.send()
        self.db.finish(job.id, 1, "accepted", message="SM1")
        for _ in range(2):
            a = self.db.begin([job], owner="w2")[0]
            self.assertEqual((a.verdict, a.status, a.provider, a.channel, a.attempt), ("finished", "sent", "twilio", "sms", 1))
        self.assertEqual(self.db.delivery(job.id, "attempts"), (1,))

    def test_a_request_id_of_another_number_purpose_or_tenant_conflicts_and_changes_nothing(self):
        job, _ = self.db.send()
        before = self.db.rows("select d::text from otp.delivery d where request_id = %s", job.id)
        for other in (Job(id=job.id), Job(job.number, id=job.id, purpose="other"), Job(job.number, id=job.id, tenant="other")):
            a = self.db.begin([other])[0]
            self.assertEqual((a.verdict, a.reason, a.verification_id, a.provider), ("refused", "request_id_conflict", None, None))
            self.assertEqual(self.db.accept(other).reason, "request_id_conflict")
        self.assertEqual(self.db.rows("select d::text from otp.delivery d where request_id = %s", job.id), before)


class generations(Case):
    def test_a_resend_keeps_the_code_while_more_than_sixty_seconds_are_left(self):
        for left, rolls in ((61, False), (60, True), (59, True)):
            first, a = self.db.send(code="one")
            self.db.pass_time(first.number, 300 - left)
            b = self.db.begin([Job(first.number, code="two")])[0]
            self.assertEqual(b.verification_id, a.verification_id)
            self.assertEqual(b.seed != first.id, rolls, f"{left} s left")
            live = [self.db.one("select coalesce(%s in (tag, previous_tag), false) from otp.verification where id = %s", tag(code), a.verification_id)
                    for code in ("one", "two")]
            self.assertEqual(live, [True, rolls], f"{left} s left")

    def test_a_code_has_the_length_that_was_asked_for_when_it_was_made(self):
        first, _ = self.db.send()
        self.db.pass_time(first.number, 250)
        second, made = self.db.send(first.number, code_length=8)
        self.db.pass_time(first.number, 61)
        _, again = self.db.send(first.number)
        self.assertEqual([(a.code_length, a.seed) for a in (made, again)], [(8, second.id)] * 2)

    def test_the_earlier_code_stays_good_until_its_own_end(self):
        first, _ = self.db.send(code="one")
        self.db.pass_time(first.number, 250)
        self.db.begin([Job(first.number, code="two")])
        self.assertEqual(self.db.check(first.number, "one").answer, "approved")

    def test_the_earlier_code_is_dead_after_its_end(self):
        first, _ = self.db.send(code="one")
        self.db.pass_time(first.number, 250)
        self.db.begin([Job(first.number, code="two")])
        self.db.pass_time(first.number, 51)
        self.assertEqual(self.db.check(first.number, "one").answer, "wrong")
        self.assertEqual(self.db.check(first.number, "two").answer, "approved")

    def test_a_later_attempt_never_changes_the_code(self):
        job, a = self.db.send(code="one", ttl=100)
        self.db.finish(job.id, 1, "not_sent", put_back=True)
        self.db.pass_time(job.number, 55)
        job.code, job.code_key = "two", "k2"
        b = self.db.begin([job])[0]
        self.assertEqual((b.verdict, b.attempt, b.seed, b.code_key_id, b.provider), ("send", 2, a.seed, "k1", "gupshup"))

    def test_a_new_request_settles_a_dead_verification_and_opens_the_next(self):
        first, a = self.db.send()
        self.db.pass_time(first.number, 301)
        b = self.db.begin([Job(first.number)])[0]
        self.assertNotEqual(b.verification_id, a.verification_id)
        self.assertEqual(self.db.verification(a.verification_id), "expired")

    def test_a_new_request_settles_one_closed_to_strangers_but_a_redelivery_does_not(self):
        first, a = self.db.send()
        self.db.rows("update otp.verification set wrong_checks = 5 where id = %s", a.verification_id)
        self.db.pass_time(first.number, 31)
        self.db.begin([first], owner="w2")
        self.assertEqual(self.db.verification(a.verification_id), "pending")
        b = self.db.begin([Job(first.number)])[0]
        self.assertEqual(b.verdict, "send")
        self.assertNotEqual(b.verification_id, a.verification_id)
        self.assertEqual(self.db.verification(a.verification_id), "max_attempts_reached")

    def test_one_that_is_refused_leaves_the_code_to_the_known_device(self):
        first, a = self.db.send(code="one")
        self.db.rows("update otp.verification set wrong_checks = 5 where id = %s", a.verification_id)
        self.db.pass_time(first.number, 31)
        refused = (self.db.begin([Job(first.number)], bar=["country_not_allowed"])[0], self.db.begin([Job(first.number, age=400)])[0])
        self.assertEqual([b.reason for b in refused], ["country_not_allowed", "expired"])
        self.assertEqual(self.db.check(first.number, "one").answer, "closed")
        self.assertEqual(self.db.check(first.number, "one", device=True).answer, "approved")


class accepted_over_http(Case):
    def test_a_repeat_gets_the_stored_answer(self):
        job = Job()
        first = self.db.accept(job)
        self.assertEqual((first.verdict, first.status, first.channel, first.next_send_seconds), ("queued", "queued", "sms", 30))
        self.db.pass_time(job.number, 5)
        self.db.begin([job])
        again = self.db.accept(job)
        self.assertEqual(again.verdict, "repeated")
        self.assertEqual(again[4:8], first[4:8])

    def test_a_repeat_gets_the_channel_that_was_promised_whatever_the_text_went_by(self):
        for asked in ("whatsapp", None):
            number = new_number()
            for _ in ("a send", "a resend"):
                job = Job(number, channel=asked)
                first = self.db.accept(job)
                self.assertEqual(self.db.begin([job])[0].channel, "sms")
                again = self.db.accept(job)
                self.assertEqual((first.verdict, first.channel, again.verdict, again.channel), ("queued", asked, "repeated", asked))
                self.db.pass_time(number, 31)

    def test_a_repeat_of_a_refusal_is_the_same_refusal(self):
        sent, _ = self.db.send()
        for job, reason, seconds in ((Job(sent.number), "resend_too_soon", 30), (self.sixth(), "limit_number", 600)):
            for _ in range(2):
                a = self.db.accept(job)
                self.assertEqual((a.verdict, a.status, a.reason), ("refused", "rejected", reason))
                self.assertTrue((seconds - 2) * 1000 < a.retry_after_ms <= seconds * 1000, a.retry_after_ms)

    def test_a_resend_is_for_the_pending_verification_it_names_only(self):
        first, a = self.db.send(code="right")
        self.db.pass_time(first.number, 31)
        resend = Job(first.number)
        self.assertEqual(self.db.accept(resend, a.verification_id).verdict, "queued")
        self.assertEqual(self.db.begin([resend])[0].verification_id, a.verification_id)
        self.db.check(first.number, "right")
        for number in (first.number, self.known().number):
            late = Job(number)
            for _ in range(2):
                answer = self.db.accept(late, a.verification_id)
                self.assertEqual((answer.verdict, answer.status, answer.reason), ("refused", "rejected", "verification_settled"))

    def test_a_resend_is_made_from_the_latest_request(self):
        job, a = self.db.send(user="u7", template="t2", locale="de", ttl=120, code_length=8)
        row = self.db.call("select * from otp.verification_for_resend('acme', %s)", a.verification_id)[0]
        self.assertEqual(row, ("pending", job.number, "login", "u7", None, "sms", "t2", "de", 120, 8, job.id, None, False))
        self.assertEqual(self.db.call("select * from otp.verification_for_resend('other', %s)", a.verification_id), [])
        self.db.rows("update otp.verification set wrong_checks = 5 where id = %s", a.verification_id)
        self.assertEqual(self.db.call("select * from otp.verification_for_resend('acme', %s)", a.verification_id)[0].status, "max_attempts_reached")

    def test_a_resend_knows_its_own_repeat_and_the_message_of_a_text_that_was_delivered(self):
        job = Job(job=b"the message", ip="192.0.2.1")
        accepted = self.db.accept(job)
        self.db.begin([job])
        self.db.finish(job.id, 1, "accepted", message="M" + job.id)
        self.db.receipt("M" + job.id, "delivered", None, job.id, 1)
        self.db.rows("select otp.mark_published(array[%s::uuid])", job.id)
        row = self.db.call("select * from otp.verification_for_resend('acme', %s, %s::uuid)", accepted.verification_id, job.id)[0]
        self.assertEqual((bytes(row.job), row.request_id, row.client_ip, row.repeats), (b"the message", job.id, "192.0.2.1", True))
        row = self.db.call("select * from otp.verification_for_resend('acme', %s, %s::uuid)", accepted.verification_id, new_id())[0]
        self.assertFalse(row.repeats)

    def test_begin_makes_the_code_of_an_accepted_request_and_charges_it_once(self):
        job = Job(ip=new_id())
        accepted = self.db.accept(job)
        a = self.db.begin([job])[0]
        self.assertEqual((a.verdict, a.seed, a.verification_id), ("send", job.id, accepted.verification_id))
        self.assertEqual(self.db.rows("select cardinality(times) from otp.send_budget where subject in (%s, %s)", job.number, job.ip), [(1,), (1,)])

    def test_a_request_accepted_while_the_code_dies_is_sent_with_a_new_code(self):
        for left in (200, 60, 10):
            first, _ = self.db.send(code="one")
            self.db.pass_time(first.number, 300 - left)
            job = Job(first.number, code="two")
            accepted = self.db.accept(job)
            self.assertEqual(accepted.verdict, "queued")
            self.db.pass_time(first.number, left + 1)
            self.assertEqual(self.db.check(first.number, "one").answer, "expired")
            a = self.db.begin([job])[0]
            self.assertEqual((a.verdict, a.verification_id, a.seed), ("send", accepted.verification_id, job.id), f"{left} s left")
            self.assertEqual(self.db.check(first.number, "two").answer, "approved")

    def test_the_verification_lives_as_long_as_its_code_once_the_resend_is_begun(self):
        first, a = self.db.send()
        self.db.pass_time(first.number, 100)
        job = Job(first.number)
        self.assertEqual(self.db.accept(job).expires_at, self.db.verification(a.verification_id, "code_expires_at"))
        self.db.begin([job])
        self.assertTrue(self.db.verification(a.verification_id, "expires_at = code_expires_at"))

    def test_nothing_is_sent_for_a_verification_that_was_settled_meanwhile(self):
        for settle, status in (("select otp.cancel_verification('acme', %s)", "canceled"), ("update otp.verification set status = 'approved' where id = %s", "approved")):
            job = Job()
            accepted = self.db.accept(job)
            self.db.rows(settle, accepted.verification_id)
            a = self.db.begin([job])[0]
            self.assertEqual((a.verdict, a.reason, a.status), ("refused", "verification_settled", "canceled"), status)

    def test_an_older_unsent_request_is_superseded_and_a_sent_one_is_not(self):
        number = new_number()
        old, new = Job(number), Job(number)
        self.db.accept(old)
        self.db.accept(new)
        self.assertEqual(self.db.begin([new])[0].verdict, "send")
        self.assertEqual(self.db.delivery(old.id), ("canceled", "superseded"))
        self.assertEqual(self.db.begin([old])[0].verdict, "finished")
        self.db.pass_time(number, 31)
        self.assertEqual(self.db.begin([Job(number)])[0].verdict, "send")
        self.assertEqual(self.db.status(new.id), "sending")

    def test_an_older_request_arriving_after_the_newer_was_sent_is_superseded(self):
        new, _ = self.db.send()
        self.db.finish(new.id, 1, "accepted")
        a = self.db.begin([Job(new.number, age=20)])[0]
        self.assertEqual((a.verdict, a.reason, a.status), ("refused", "superseded", "canceled"))

    def test_an_older_request_is_superseded_also_where_the_newer_ones_verification_is_settled(self):
        for settle in ("select otp.cancel_verification('acme', %s)", "update otp.verification set status = 'approved' where id = %s"):
            new, begun = self.db.send()
            self.db.finish(new.id, 1, "accepted")
            self.db.rows(settle, begun.verification_id)
            old = Job(new.number, age=20)
            a = self.db.begin([old])[0]
            self.assertEqual((a.verdict, a.reason, a.status), ("refused", "superseded", "canceled"))
            self.assertEqual(self.db.delivery(old.id), ("canceled", "superseded"))
            self.assertEqual(self.db.begin([Job(new.number, purpose="signup", age=20)])[0].verdict, "send")
            self.assertEqual(self.db.begin([Job(new.number)])[0].verdict, "send")

    def test_a_sent_request_whose_producers_clock_is_ahead_supersedes_none_that_was_asked_for_after_it(self):
        ahead, _ = self.db.send(age=-55)
        self.db.finish(ahead.id, 1, "accepted")
        self.db.pass_time(ahead.number, 31)
        job = Job(ahead.number)
        self.assertEqual(self.db.accept(job).verdict, "queued")
        self.assertEqual(self.db.begin([job])[0].verdict, "send")

    def test_a_newer_request_that_was_refused_supersedes_nothing(self):
        old = Job(age=3)
        accepted = self.db.accept(old)
        self.db.rows("insert into otp.delivery (request_id, verification_id, tenant, number, purpose, status, requested_at, deadline, created_at) "
                     "values (%s, %s, 'acme', %s, 'login', 'failed', now() + interval '9 s', now(), now())", new_id(), accepted.verification_id, old.number)
        self.assertEqual(self.db.begin([old])[0].verdict, "send")


if __name__ == "__main__":
    unittest.main()
