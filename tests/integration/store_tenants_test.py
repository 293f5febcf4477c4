#!/usr/bin/python3
"""One tenant never meets another's rows: two with the same number, purpose, user and address, through every function."""
import unittest

from store_case import StoreTest
from store_database import Job, new_id, new_number


class two_tenants_of_one_number(StoreTest):
    def setUp(self):
        super().setUp()
        self.number, self.ip, self.user = new_number(), new_id(), new_id()

    def job(self, tenant, **given):
        return Job(self.number, tenant=tenant, ip=self.ip, user=self.user, **given)

    def both_sent(self):
        mine, others = self.job("acme", code="mine"), self.job("other", code="others")
        answers = {a.request_id: a for a in self.db.begin([mine, others], hour_user=9)}
        self.assertEqual([answers[j.id].verdict for j in (mine, others)], ["send", "send"])
        return mine, others, answers[mine.id], answers[others.id]

    def test_one_batch_opens_a_verification_for_each(self):
        mine, others, a, b = self.both_sent()
        self.assertNotEqual(a.verification_id, b.verification_id)
        self.assertEqual(sorted(self.db.rows("select tenant, count(*) from otp.send_budget where subject in (%s, %s, %s) group by 1",
                                             self.number, self.ip, self.user)), [("acme", 3), ("other", 3)])

    def test_ones_sends_do_not_count_for_the_others_limits_or_ladder(self):
        for purpose in "abcde":
            self.assertEqual(self.db.begin([self.job("acme", purpose=purpose)], hour_ip=5, hour_user=5)[0].verdict, "send")
        self.assertEqual(self.db.begin([self.job("acme", purpose="f")], hour_ip=5, hour_user=5)[0].reason, "limit_number")
        for purpose in "ab":
            a = self.db.begin([self.job("other", purpose=purpose)], hour_ip=5, hour_user=5)[0]
            self.assertEqual(a.verdict, "send")

    def test_a_resend_joins_the_own_tenants_verification(self):
        mine, others, a, b = self.both_sent()
        self.db.pass_time(self.number, 31)
        for tenant, first in (("other", b), ("acme", a)):
            for send in (self.db.accept, lambda job: self.db.begin([job])[0]):
                again = send(self.job(tenant))
                self.assertEqual(again.verification_id, first.verification_id)
                self.db.pass_time(self.number, 61)

    def test_a_newer_request_of_one_supersedes_nothing_of_the_other(self):
        old = self.job("acme", age=9)
        self.db.accept(old)
        self.db.begin([self.job("other")])
        self.assertEqual(self.db.status(old.id), "queued")

    def test_nor_does_it_bind_one_of_the_other_that_comes_after_it(self):
        self.db.begin([self.job("other")])
        self.db.begin([self.job("acme", purpose="payment")])    # a number new to its tenant has nothing newer
        self.assertEqual(self.db.begin([self.job("acme", age=20)])[0].verdict, "send")

    def test_a_code_is_checked_and_counted_for_its_own_tenant(self):
        mine, others, a, b = self.both_sent()
        for _ in range(5):
            self.db.rows("update otp.verification set next_check_at = null where id = %s", b.verification_id)
            self.assertNotEqual(self.db.check(self.number, "mine", tenant="other").answer, "approved")
        self.assertEqual(self.db.check(self.number, "others", tenant="other").answer, "closed")
        self.assertEqual(self.db.check(self.number, "mine", id=a.verification_id, tenant="other").answer, "not_found")
        self.assertEqual(self.db.one("select count(*) from otp.check_budget where number = %s and tenant = 'acme'", self.number), 0)
        checked = self.db.check(self.number, "mine", tenant="acme")
        self.assertEqual((checked.answer, checked.id, checked.attempts_left), ("approved", a.verification_id, 5))

    def test_one_batch_of_checks_keeps_them_apart(self):
        self.both_sent()
        rows = self.db.call("select * from otp.check_codes(array['acme','other','nobody'], array_fill(%s::text, array[3]), array_fill('login'::text, array[3]), "
                            "array_fill(null::uuid, array[3]), array_fill(false, array[3]), array['h1'], array_fill(sha256('mine'), array[3]))", self.number)
        self.assertEqual([r.answer for r in rows], ["approved", "wrong", "not_found"])

    def test_the_other_cannot_resend_cancel_or_read_it(self):
        mine, others, a, b = self.both_sent()
        id = a.verification_id
        for function in ("verification_for_resend", "verification_for_check", "cancel_verification"):
            self.assertEqual(self.db.rows(f"select * from otp.{function}('other', %s)", id), [], function)
        self.assertIsNone(self.db.one("select otp.read_verification('other', %s)", id))
        self.db.pass_time(self.number, 31)
        refused = self.db.accept(self.job("other"), id)
        self.assertEqual((refused.verdict, refused.reason), ("refused", "verification_settled"))
        self.assertEqual(self.db.verification(id), "pending")

    def test_the_list_shows_the_own_ones_only(self):
        mine, others, a, b = self.both_sent()
        for tenant, job in (("acme", mine), ("other", others)):
            for to in (None, self.number):
                items = self.db.one("select otp.list_deliveries(%s, null, null, null, %s, %s, null, null)", tenant, self.user, to)["items"]
                self.assertEqual([i["request_id"] for i in items], [job.id])

    def test_a_request_id_of_the_others_is_refused_and_shows_nothing(self):
        mine, others, a, b = self.both_sent()
        theft = self.job("other", id=mine.id)
        for answer in (self.db.begin([theft])[0], self.db.accept(theft)):
            self.assertEqual((answer.verdict, answer.reason, answer.status, answer.verification_id), ("refused", "request_id_conflict", None, None))

    def test_one_that_could_not_be_understood_comes_mended_for_its_own_tenant_alone(self):
        mine = self.job("acme")
        self.db.reject(mine.id, tenant="acme")
        theft = self.job("other", id=mine.id)
        for answer in (self.db.begin([theft])[0], self.db.accept(theft)):
            self.assertEqual((answer.verdict, answer.reason, answer.status, answer.verification_id), ("refused", "request_id_conflict", None, None))
        for unwritten in (False, True):
            self.assertFalse(self.db.reject(theft.id, theft.number, "country_not_allowed", "other", "login", unwritten))
        self.assertEqual(self.db.delivery(mine.id, "tenant, number, status, reason"), ("acme", "", "rejected", "unknown_field"))
        self.assertEqual(self.db.events(mine.id), 1)
        self.assertEqual(self.db.begin([mine])[0].verdict, "send")

    def test_one_batch_of_mended_ones_keeps_the_tenants_apart(self):
        mine, stolen, nobodys = self.job("acme"), self.job("acme"), Job(tenant="other")
        for job, tenant in ((mine, "acme"), (stolen, "acme"), (nobodys, None)):
            self.db.reject(job.id, tenant=tenant)
        answers = self.db.begin([self.job("other", id=stolen.id), nobodys, mine])
        self.assertEqual({a.request_id: a.reason or a.verdict for a in answers}, {mine.id: "send", stolen.id: "request_id_conflict", nobodys.id: "send"})

    def test_a_resend_is_a_repeat_where_the_own_tenant_has_its_request(self):
        mine, others, a, b = self.both_sent()
        for request, repeats in ((mine.id, True), (others.id, False)):
            self.assertEqual(self.db.one("select repeats from otp.verification_for_resend('acme', %s, %s)", a.verification_id, request), repeats)

    def test_a_policy_rejection_leaves_the_others_request_alone(self):
        mine = self.job("acme")
        self.db.accept(mine)
        self.db.rows("select * from otp.reject_jobs(array[%s::uuid], array['other'], array[%s], array['login'], array[null], array['sms'], array['otp'], "
                     "array['en'], array[now()], array['country_not_allowed'], array[null])", mine.id, self.number)
        self.assertEqual(self.db.status(mine.id), "queued")

    def test_rates_are_leased_to_each_and_to_each_country(self):
        tenant = new_id()
        for of, country in ((tenant, ""), (tenant, "GB"), (tenant + "b", "GB")):
            self.assertEqual([self.db.one("select otp.lease_tenant_rate(%s, 0.0, 3, 2, %s)", of, country) for _ in range(3)], [2, 1, 0])


class row_level_security(StoreTest):
    """A forgotten condition shows nothing: the readers' functions run as otp_reader, held to one tenant by the tables themselves."""

    def setUp(self):
        super().setUp()
        self.db.send(tenant="acme")
        self.db.send(tenant="other")
        self.db.rows("grant otp_reader to current_user; set role otp_reader")

    def test_without_a_tenant_nothing_is_seen(self):
        for table in ("verification", "delivery"):
            self.assertEqual(self.db.one(f"select count(tenant) from otp.{table}"), 0)

    def test_only_the_rows_of_the_tenant_that_was_set_are_seen(self):
        for tenant in ("acme", "other"):
            self.db.rows("select set_config('otp.tenant', %s, false)", tenant)
            for table in ("verification", "delivery"):
                self.assertEqual(self.db.rows(f"select distinct tenant from otp.{table}"), [(tenant,)])

    def test_every_function_that_reads_for_clients_runs_as_the_reader(self):
        owners = self.db.rows("select proname::text from pg_proc where pronamespace = 'otp'::regnamespace and pg_get_userbyid(proowner) = 'otp_reader' order by 1")
        self.assertEqual(owners, [("list_deliveries",), ("read_verification",)])
        bypassing = self.db.rows("select 1 from pg_roles where rolname = 'otp_reader' and (rolbypassrls or rolsuper)")
        self.assertEqual(bypassing, [])


if __name__ == "__main__":
    unittest.main()
