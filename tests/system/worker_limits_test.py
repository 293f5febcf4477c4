#!/usr/bin/python3
"""The limits for jobs that came by AMQP: every rule, its modes, a file that changes while the worker runs, and the abuse budget."""
import unittest
import uuid

from limits_file import LONDON_LINE, OF_TWO, PREMIUM, LimitsFile, british
from jobs import new_number
from programs import await_that
from stack import StackTest


class Case(StackTest):
    limits = ""

    @classmethod
    def setUpClass(cls):
        cls.file = LimitsFile(cls.limits)
        cls.addClassCleanup(cls.file.remove)
        cls.settings = {**cls.settings, "OTP_LIMITS": cls.file.path}
        super().setUpClass()

    def sent(self, to=None, **fields):
        job = self.send(to, **fields)
        self.await_status(job, "sent", "delivered")
        return job

    def refused(self, rule, to=None, **fields):
        """Recorded, told, acknowledged, and no text."""
        job = self.send(to, **fields)
        self.assertEqual(self.await_status(job, "rejected", "sent", "delivered", "failed")["reason"], rule)
        (event,) = self.await_events(job)
        self.assertEqual((event["event"], event["reason"]), ("delivery.rejected", rule))
        self.assertEqual(self.texts(job["to"]) if to is None else [], [])
        return job

    def noted(self, job):
        return sorted(e["status"] for e in self.database.delivery_events(job["request_id"]) if e["kind"] == "would_refuse")


class each_rule(Case):
    settings = {"OTP_COUNTRIES": "GB,US"}
    limits = OF_TWO

    def test_a_number(self):
        number, tenant = new_number(), "t" + uuid.uuid4().hex[:12]
        for purpose in "ab":
            self.sent(number, purpose=purpose, tenant=tenant)
        self.refused("limit_number", number, purpose="c", tenant=tenant)
        self.sent(number)

    def test_a_user(self):
        tenant = "t" + uuid.uuid4().hex[:12]
        for _ in range(2):
            self.sent(user="u1", tenant=tenant)
        self.refused("limit_user", user="u1", tenant=tenant)

    def test_an_address(self):
        tenant = "t" + uuid.uuid4().hex[:12]
        for _ in range(2):
            self.sent(client_ip="203.0.113.5", tenant=tenant)
        self.refused("limit_ip", client_ip="203.0.113.5", tenant=tenant)

    def test_a_tenant_and_a_redelivery_pays_nothing(self):
        first = self.sent(tenant="slow")
        for _ in range(3):
            self.broker.publish(first)
        self.await_events(first, 4)
        self.sent(tenant="slow")
        self.refused("limit_tenant", tenant="slow")

    def test_a_country_of_a_tenant(self):
        tenant = "t" + uuid.uuid4().hex[:12]
        for _ in range(2):
            self.sent(british(), tenant=tenant)
        self.refused("limit_country", british(), tenant=tenant)
        self.sent(tenant=tenant)

    def test_a_country_that_is_not_listed(self):
        self.refused("country_not_allowed", "+4915123456789")

    def test_a_kind_of_number(self):
        for number in (PREMIUM, LONDON_LINE):
            self.refused("number_type_not_allowed", number)

    def test_a_fixed_line_is_reached_by_what_is_no_text(self):
        job = self.sent(LONDON_LINE, channel=["sms", "whatsapp"])
        self.assertEqual(self.database.delivery(job["request_id"])["channel"], "whatsapp")

    def test_nothing_of_it_is_left_on_a_queue(self):
        self.refused("number_type_not_allowed", PREMIUM)
        self.await_nothing_left()
        self.assertEqual(self.broker.depth("otp.dead"), 0)


class a_rule_that_observes(Case):
    limits = """
        [limits]
        number = {mode = "observe", per_10_minutes = 1}
        client_ip = {mode = "observe", per_hour = 1}
        countries = {mode = "observe", allowed = ["US"]}
        tenant = {mode = "observe", rates = {slow = {per_hour = 1}}}
    """

    def test_lets_pass_and_notes_what_it_would_have_refused(self):
        number, tenant = british(), "slow"
        first = self.sent(number, purpose="a", tenant=tenant, client_ip="203.0.113.6")
        self.assertEqual(self.noted(first), ["country_not_allowed"])
        second = self.sent(number, purpose="b", tenant=tenant, client_ip="203.0.113.6")
        self.assertEqual(self.noted(second), ["country_not_allowed", "limit_ip", "limit_number", "limit_tenant"])
        self.assertEqual(self.worker.metric("otp_would_refuse_total", rule="limit_number"), 1)
        self.assertEqual(self.worker.metric("otp_would_refuse_total", rule="country_not_allowed"), 2)


class a_file_that_changes(Case):
    limits = "[limits.number]\nper_10_minutes = 1"

    def test_holds_from_the_hangup_on_and_stays_where_it_has_become_wrong(self):
        number, tenant = new_number(), "t" + uuid.uuid4().hex[:12]
        self.sent(number, purpose="a", tenant=tenant)
        self.refused("limit_number", number, purpose="b", tenant=tenant)
        self.file.reload(self.worker.process, "[limits.number]\nper_10_minutes = 2")
        self.worker.await_line("limits_reloaded")
        self.sent(number, purpose="c", tenant=tenant)
        self.file.reload(self.worker.process, "[limits.number]\nper_10_minutes = 0")
        self.worker.await_line("settings_not_reloaded", fault="limits.number.per_10_minutes")
        self.refused("limit_number", number, purpose="d", tenant=tenant)


class texts_that_no_code_follows(Case):
    limits = """
        [abuse]
        grace_seconds = 1
        interval_seconds = 1
        country = {mode = "enforce", hour = {floor = 2, share = 1}}
        ip = {mode = "observe", hour = {floor = 2, share = 1}}
    """

    def test_close_their_country_and_network_which_is_told_once(self):
        tenant = "t" + uuid.uuid4().hex[:12]
        for host in range(3):
            self.sent(british(), tenant=tenant, client_ip=f"203.0.113.{host}")

        def alerts():
            self.broker.events()
            return [e for e in self.broker.seen if e["event"].startswith("abuse.")]

        await_that(lambda: len(alerts()) == 2, "both are told")
        told = {e["event"]: e for e in alerts()}
        country, network = told["abuse.country"], told["abuse.ip"]
        self.assertEqual((country["routing_key"], country["tenant"], country["subject"]), ("abuse.country", tenant, "GB"))
        self.assertEqual((country["window"], country["unverified"], country["verified"], country["allowed"]), ("1h", 3, 0, 2))
        self.assertEqual((network["tenant"], network["subject"]), (tenant, "203.0.113.0/24"))
        self.worker.await_line("abuse_budget_exceeded", kind="country", subject="GB", tenant=tenant)
        self.assertEqual(self.worker.metric("otp_abuse_exceeded_total", kind="country"), 1)

        await_that(lambda: self.send_and_end(british(), tenant=tenant)["reason"] == "abuse_country", "texts to the country are refused")
        american = self.sent(tenant=tenant, client_ip="203.0.113.200")
        self.assertEqual(self.noted(american), ["abuse_ip"])
        self.sent(british())
        self.assertEqual(len(alerts()), 2)

    def send_and_end(self, to, **fields):
        return self.await_status(self.send(to, **fields), "sent", "delivered", "rejected")


if __name__ == "__main__":
    unittest.main()
