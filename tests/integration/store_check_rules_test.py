#!/usr/bin/python3
"""The rules of checks: tries, pauses, the budget of a day, devices, keys and ends."""
import unittest

from store_case import StoreTest
from store_database import Job, new_id, new_number, tag


class Case(StoreTest):
    def setUp(self):
        super().setUp()
        self.job, self.sent = self.db.send(code="right")
        self.number, self.id = self.job.number, self.sent.verification_id

    def check(self, code, **given):
        return self.db.check(self.number, code, **given)

    def wrong_checks(self, count, **given):
        for _ in range(count):
            self.db.end_pauses(self.number)
            answer = self.check("wrong", **given)
        return answer

    def verification(self, columns="status"):
        return self.db.verification(self.id, columns)


class answers(Case):
    def test_the_right_code_is_good_once(self):
        a = self.check("right", id=self.id)
        self.assertEqual((a.answer, a.id), ("approved", self.id))
        self.assertEqual(self.verification("status, settled_at"), ("approved", a.settled_at))
        again = self.check("right", id=self.id)
        self.assertEqual((again.answer, again.settled_at), ("already_used", a.settled_at))
        self.assertEqual(self.check("right").answer, "not_found")

    def test_the_right_code_and_no_other_tells_how_its_text_went_out(self):
        self.db.rows("update otp.delivery set country = 'US' where request_id = %s", self.job.id)
        wrong = self.check("wrong")
        self.assertEqual((wrong.provider, wrong.channel, wrong.country), (None, None, None))
        right = self.check("right")
        self.assertEqual((right.answer, right.provider, right.channel, right.country), ("approved", "twilio", "sms", "US"))

    def test_a_wrong_code_tells_how_many_are_left_and_when_to_come_again(self):
        told = []
        for _ in range(5):
            a = self.wrong_checks(1)
            told.append((a.answer, a.attempts_left, a.retry_after_ms))
        self.assertEqual(told, [("wrong", 4, 0), ("wrong", 3, 0), ("wrong", 2, 5000), ("wrong", 1, 15000), ("max_attempts_reached", 0, None)])
        self.assertEqual(self.check("right").answer, "closed")

    def test_a_code_is_good_for_its_purpose_and_tenant_only(self):
        self.assertEqual(self.check("right", purpose="payment").answer, "not_found")
        self.assertEqual(self.check("right", tenant="other").answer, "not_found")
        self.assertEqual(self.check("right", id=self.id, tenant="other").answer, "not_found")
        self.assertEqual(self.check("right", id=new_id()).answer, "not_found")
        self.assertEqual(self.verification("status, wrong_checks"), ("pending", 0))

    def test_a_check_too_soon_is_neither_compared_nor_counted(self):
        self.wrong_checks(3)
        for _ in range(2):
            a = self.check("right")
            self.assertEqual(a.answer, "check_too_soon")
            self.assertTrue(4000 < a.retry_after_ms <= 5000)
        self.db.pass_time(self.number, 5)
        self.assertEqual(self.check("right").answer, "approved")

    def test_an_expired_verification_is_settled_by_the_check_that_finds_it(self):
        self.db.pass_time(self.number, 301)
        a = self.check("right", id=self.id)
        self.assertEqual((a.answer, self.verification()), ("expired", "expired"))
        self.assertEqual(self.check("right", id=self.id).answer, "expired")

    def test_one_closed_to_strangers_is_settled_as_such_at_its_end(self):
        self.wrong_checks(5)
        self.db.pass_time(self.number, 301)
        for _ in range(2):
            self.assertEqual(self.check("right", id=self.id).answer, "closed")
            self.assertEqual(self.verification(), "max_attempts_reached")

    def test_a_canceled_verification_stays_canceled(self):
        self.assertEqual(self.db.call("select * from otp.cancel_verification('other', %s)", self.id), [])
        told = [self.db.call("select * from otp.cancel_verification('acme', %s)", self.id)[0] for _ in range(2)]
        self.assertEqual([(a.status, a.settled) for a in told], [("canceled", True), ("canceled", False)])
        self.assertEqual(set(a[2:] for a in told), {(self.number, "login", "u-1842", self.verification("settled_at"))})
        self.assertEqual(self.check("right", id=self.id).answer, "canceled")

    def test_a_used_verification_cannot_be_canceled(self):
        self.check("right")
        a = self.db.call("select * from otp.cancel_verification('acme', %s)", self.id)[0]
        self.assertEqual((a.status, a.settled), ("approved", False))

    def test_one_whose_life_is_over_is_settled_as_that_by_a_cancel(self):
        for wrong, status in ((4, "expired"), (5, "max_attempts_reached")):
            self.setUp()
            self.wrong_checks(wrong)
            self.db.pass_time(self.number, 301)
            a = self.db.call("select * from otp.cancel_verification('acme', %s)", self.id)[0]
            self.assertEqual((a.status, a.settled), (status, True))

    def test_a_check_tells_whose_verification_it_was(self):
        self.assertEqual([self.check(code).user for code in ("wrong", "right")], ["u-1842"] * 2)
        self.assertIsNone(self.db.check(new_number(), "any").user)

    def test_a_guess_before_a_code_was_made_is_wrong_and_counts(self):
        job = Job()
        self.db.accept(job)
        self.assertEqual(self.db.check(job.number, "any").answer, "wrong")
        self.db.begin([job])
        self.assertEqual(self.db.one("select wrong_checks from otp.verification where number = %s", job.number), 1)

    def test_the_number_and_purpose_of_an_id_are_for_its_tenant_only(self):
        self.assertEqual(self.db.rows("select * from otp.verification_for_check('acme', %s)", self.id), [(self.number, "login")])
        self.assertEqual(self.db.rows("select * from otp.verification_for_check('other', %s)", self.id), [])


class budgets(Case):
    def fill(self, ages, purpose="login", tenant="acme"):
        self.db.rows("insert into otp.check_budget (tenant, number, purpose, device, times) select %s, %s, %s, false, "
                     "array_agg(now() - make_interval(secs => a) order by a desc) from unnest(%s::float8[]) a", tenant, self.number, purpose, ages)

    def test_twenty_wrong_ones_in_a_day_refuse_the_right_code_too(self):
        self.fill([3600 + i for i in range(20)])
        a = self.check("right")
        self.assertEqual((a.answer, a.retry_after_ms // 1000 in (82781, 82780)), ("check_budget_spent", True), a)
        self.assertEqual(self.verification("wrong_checks"), 0)

    def test_wrong_ones_for_another_purpose_or_tenant_refuse_nothing(self):
        for of in ({"purpose": "payment"}, {"tenant": "other"}):
            self.setUp()
            self.fill([60] * 20, **of)
            self.assertEqual(self.check("right").answer, "approved", of)

    def test_the_wrong_one_that_spends_the_day_tells_when_there_is_room_again(self):
        self.fill([3600 + i for i in range(19)])
        a = self.check("wrong")
        self.assertEqual(a.answer, "wrong")
        self.assertTrue(82780000 < a.retry_after_ms <= 82782000, a.retry_after_ms)

    def test_a_wrong_check_of_a_day_ago_has_left_the_window(self):
        for oldest, answer in ((86399, "check_budget_spent"), (86400, "approved")):
            self.setUp()
            self.fill([oldest] + [3600 + i for i in range(19)])
            self.assertEqual(self.check("right").answer, answer, oldest)

    def test_a_resend_resets_no_budget(self):
        self.wrong_checks(4)
        self.db.pass_time(self.number, 250)
        self.db.begin([Job(self.number, code="new")])
        self.assertEqual(self.wrong_checks(1).answer, "max_attempts_reached")

    def test_a_wrong_check_counts_once_for_each_live_code_in_the_day_only(self):
        for since, times in ((0, 2), (51, 1)):  # 50 s after the new code was made, the earlier one is dead
            self.setUp()
            self.db.pass_time(self.number, 250)
            self.db.begin([Job(self.number, code="new")])
            self.db.pass_time(self.number, since)
            self.wrong_checks(1)
            self.assertEqual(self.db.one("select cardinality(times) from otp.check_budget where number = %s", self.number), times)
            self.assertEqual(self.verification("wrong_checks"), 1)

    def test_with_two_live_codes_and_one_place_left_nothing_is_compared(self):
        self.db.pass_time(self.number, 250)
        self.db.begin([Job(self.number, code="new")])
        self.fill([3600 + i for i in range(19)])
        self.assertEqual(self.check("right").answer, "check_budget_spent")


class devices(Case):
    def test_strangers_never_lock_out_a_known_device(self):
        self.wrong_checks(5)
        self.db.rows("update otp.check_budget set times = array_fill(now(), array[20]) where number = %s and not device", self.number)
        self.assertEqual(self.check("right").answer, "closed")
        self.assertEqual(self.check("right", device=True).answer, "approved")

    def test_a_device_has_five_tries_and_pauses_of_its_own(self):
        self.wrong_checks(2)
        told = [self.wrong_checks(1, device=True) for _ in range(5)]
        self.assertEqual([(a.answer, a.attempts_left) for a in told], [("wrong", 4), ("wrong", 3), ("wrong", 2), ("wrong", 1), ("max_attempts_reached", 0)])
        self.assertEqual(self.check("right", device=True).answer, "closed")
        self.assertEqual(self.verification("wrong_checks, device_wrong_checks, next_check_at"), (2, 5, None))
        self.assertEqual(self.check("right").answer, "approved")

    def test_the_pauses_of_strangers_and_of_a_device_bind_only_them(self):
        for device in (False, True):
            self.setUp()
            self.wrong_checks(3, device=device)
            self.assertEqual(self.check("right", device=device).answer, "check_too_soon")
            self.assertEqual(self.check("right", device=not device).answer, "approved")

    def test_a_text_on_its_way_is_sent_though_strangers_closed_the_verification(self):
        job = Job(code="right")
        accepted = self.db.accept(job)
        self.db.rows("update otp.verification set wrong_checks = 5 where id = %s", accepted.verification_id)
        self.assertEqual(self.db.begin([job])[0].verdict, "send")
        self.assertEqual(self.db.check(job.number, "right", device=True).answer, "approved")


class keys(Case):
    def test_an_unknown_hash_key_counts_nothing(self):
        self.assertEqual(self.check("right", keys=("h2",)).answer, "unknown_key")
        self.assertEqual(self.verification("wrong_checks"), 0)
        self.assertEqual(self.db.one("select count(*) from otp.check_budget where number = %s", self.number), 0)

    def test_the_tag_under_the_stored_key_is_the_one_compared(self):
        def check(tags):
            return self.db.call("select * from otp.check_codes('{acme}', %s, '{login}', '{null}', '{false}', '{h2,h1}', %s::bytea[])",
                                [self.number], tags)[0].answer
        self.assertEqual(check([tag("right"), tag("other")]), "wrong")
        self.assertEqual(check([tag("other"), tag("right")]), "approved")

    def test_a_batch_of_checks_answers_in_its_order_and_defers_twins(self):
        other, _ = self.db.send(code="second")
        numbers = [self.number, new_number(), other.number, self.number]
        rows = self.db.call("select * from otp.check_codes(%s, %s, %s, %s::uuid[], %s, '{h1}', %s::bytea[])", ["acme"] * 4, numbers, ["login"] * 4,
                            [None] * 4, [False] * 4, [tag("wrong"), tag("x"), tag("second"), tag("right")])
        self.assertEqual([r.answer for r in rows], ["wrong", "not_found", "approved", "defer"])


if __name__ == "__main__":
    unittest.main()
