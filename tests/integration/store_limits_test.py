#!/usr/bin/python3
"""The limits that an operator may set, through both statements of begin and through accept: enforced, observed, off."""
import unittest

from store_case import StoreTest
from store_database import Job, new_id, new_number

OFF = {"short": None, "day": None, "hour_ip": None}


class Case(StoreTest):
    def ways(self, make, **limits):
        """The answers for make(): alone in a call, beside a known job, with a pending verification of its own, and accepted over HTTP."""
        lone = {name: value[:1] if isinstance(value, list) and name != "watch" else value for name, value in limits.items()}
        yield self.db.begin([make()], **lone)[0]
        job, neighbour = make(), self.known()
        yield next(a for a in self.db.begin([job, neighbour], **limits) if a.request_id == job.id)
        job = make()
        waiting, _ = self.db.send(job.number, purpose="waits")
        self.db.pass_time(job.number, 31)
        job.purpose = "waits"
        yield self.db.begin([job], **lone)[0]
        one = {name: value[0] if isinstance(value, list) and name != "watch" else value for name, value in limits.items()}
        yield self.db.accept(make(), **one)

    def noted(self, request):
        return [r[0] for r in self.db.rows("select status from otp.delivery_event where request_id = %s and kind = 'would_refuse' order by 1", request)]


class of_a_user(Case):
    def last(self, texts):
        user = new_id()
        for _ in range(texts):
            self.db.begin([Job(user=user)], hour_user=texts, day_user=None)
        return Job(user=user)

    def test_the_text_over_the_hours_bound_is_refused(self):
        for a in self.ways(lambda: self.last(3), hour_user=3):
            self.assertEqual((a.verdict, a.reason, a.status), ("refused", "limit_user", "rejected"))
            self.assertTrue(3590000 < a.retry_after_ms <= 3600000, a.retry_after_ms)

    def test_the_text_over_the_days_bound_is_refused(self):
        for a in self.ways(lambda: self.last(3), hour_user=9, day_user=3):
            self.assertEqual((a.verdict, a.reason), ("refused", "limit_user"))
            self.assertTrue(86390000 < a.retry_after_ms <= 86400000, a.retry_after_ms)

    def test_it_is_the_tenants_user(self):
        job = self.last(3)
        job.tenant = "other"
        self.assertEqual(self.db.begin([job], hour_user=3)[0].verdict, "send")

    def test_one_batch_admits_exactly_the_bound(self):
        user = new_id()
        verdicts = [a.verdict for a in self.db.begin([Job(user=user) for _ in range(5)], hour_user=3)]
        self.assertEqual((verdicts.count("send"), verdicts.count("refused")), (3, 2))

    def test_without_the_rule_no_row_is_kept_of_users(self):
        user = new_id()
        self.db.begin([Job(user=user)])
        self.assertEqual(self.db.one("select count(*) from otp.send_budget where subject = %s", user), 0)

    def test_a_hundred_at_once_are_admitted_up_to_the_bound(self):
        user = new_id()
        answers = self.database.parallel(20, lambda _, s: [s.begin([Job(user=user)], hour_user=7)[0].verdict for _ in range(5)])
        self.assertEqual(sum(a.count("send") for a in answers), 7)


class modes(Case):
    def sixth(self):
        number = new_number()
        for purpose in "abcde":
            self.db.send(number, purpose=purpose)
        return Job(number, purpose="f")

    def test_a_rule_that_is_off_refuses_nothing_and_notes_nothing(self):
        for a in self.ways(self.sixth, **OFF):
            self.assertIn(a.verdict, ("send", "queued"))
            self.assertIsNone(a.observed)
            self.assertEqual(self.noted(a.request_id), [])

    def test_a_rule_that_observes_lets_pass_and_notes_what_it_would_have_refused(self):
        for a in self.ways(self.sixth, short=None, day=None, watch=[5, 10, None, None, None, None]):
            self.assertIn(a.verdict, ("send", "queued"))
            self.assertEqual((a.observed, a.charged), ("limit_number", True))
            self.assertEqual(self.noted(a.request_id), ["limit_number"])

    def test_what_is_observed_is_charged_and_kept_so_far_as_it_counts(self):
        number = new_number()
        for purpose in "abcdefg":
            self.db.begin([Job(number, purpose=purpose)], short=None, day=None, watch=[3, None, None, None, None, None])
        self.assertEqual(self.db.one("select cardinality(times) from otp.send_budget where subject = %s", number), 3)

    def test_addresses_and_users_are_observed(self):
        ip, user = new_id(), new_id()
        watch = [None, None, 1, 1, None, None]
        first = self.db.begin([Job(ip=ip, user=user)], hour_ip=None, watch=watch)[0]
        second = self.db.begin([Job(ip=ip, user=user)], hour_ip=None, watch=watch)[0]
        self.assertEqual((first.observed, second.observed), (None, "limit_user,limit_ip"))
        self.assertEqual(self.noted(second.request_id), ["limit_ip", "limit_user"])

    def test_the_ladder_is_observed(self):
        job, _ = self.db.send()
        a = self.db.begin([Job(job.number)], watch=[None, None, None, None, None, 1])[0]
        self.assertEqual((a.verdict, a.observed), ("send", "resend_too_soon"))

    def test_what_another_rule_refuses_is_not_noted_as_observed(self):
        job, _ = self.db.send()
        a = self.db.begin([Job(job.number)], watch=[1, None, None, None, None, None], watched=["abuse_ip"])[0]
        self.assertEqual((a.reason, a.observed, self.noted(a.request_id)), ("resend_too_soon", None, []))


class rules_of_the_caller(Case):
    def test_a_bar_refuses_what_nobody_knows_and_is_its_reason(self):
        for a in self.ways(Job, bar=["limit_tenant", None]):
            self.assertEqual((a.verdict, a.reason, a.status, a.charged), ("refused", "limit_tenant", "rejected", False))
            self.assertEqual(self.db.delivery(a.request_id), ("rejected", "limit_tenant"))
            self.assertEqual(self.db.events(a.request_id), 1)

    def test_a_bar_does_not_bind_a_request_that_is_known(self):
        job = Job()
        self.assertEqual(self.db.accept(job).verdict, "queued")
        self.assertEqual(self.db.accept(job, bar="limit_tenant").verdict, "repeated")
        a = self.db.begin([job], bar=["limit_tenant"])[0]
        self.assertEqual((a.verdict, a.charged), ("send", False))

    def test_a_repeat_of_what_was_barred_is_told_the_same(self):
        job = Job()
        for _ in range(2):
            a = self.db.accept(job, bar="country_not_allowed")
            self.assertEqual((a.verdict, a.reason), ("refused", "country_not_allowed"))

    def test_the_wait_of_a_bar_is_the_callers_to_say_also_beside_a_pending_verification(self):
        for bar in ("limit_tenant", "limit_country", "abuse_ip"):
            for job in (Job(), self.known()):
                for _ in range(2):
                    a = self.db.accept(job, bar=bar)
                    self.assertEqual((a.verdict, a.reason, a.retry_after_ms), ("refused", bar, None))
        too_soon = self.db.accept(Job(self.db.send()[0].number), bar=None)
        self.assertEqual(too_soon.reason, "resend_too_soon")
        self.assertGreater(too_soon.retry_after_ms, 20000)

    def test_a_bar_charges_nobody(self):
        job = Job(ip=new_id())
        self.db.begin([job], bar=["abuse_ip"])
        self.assertEqual(self.db.one("select count(*) from otp.send_budget where times <> '{}' and subject in (%s, %s)", job.number, job.ip), 0)

    def test_what_the_caller_observes_is_noted_with_what_the_store_does(self):
        number = new_number()
        self.db.send(number, purpose="a")
        a = self.db.begin([Job(number)], short=None, watch=[1, None, None, None, None, None], watched=["limit_country,abuse_ip"])[0]
        self.assertEqual(a.observed, "limit_country,abuse_ip,limit_number")
        self.assertEqual(self.noted(a.request_id), ["abuse_ip", "limit_country", "limit_number"])

    def test_the_country_is_kept_with_the_delivery(self):
        for country, job in (("GB", Job()), ("DE", self.known())):
            self.db.begin([job], country=[country])
            self.assertEqual(self.db.delivery(job.id, "country"), (country,))
        job = Job()
        self.db.accept(job, country="FR")
        self.assertEqual(self.db.delivery(job.id, "country"), ("FR",))


if __name__ == "__main__":
    unittest.main()
