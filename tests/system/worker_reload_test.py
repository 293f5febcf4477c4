#!/usr/bin/python3
"""What changes while a worker runs, settings of providers, limits and templates: with SIGHUP it takes them up, and no job notices."""
import collections
import os
import shutil
import unittest
import uuid

from sandbox_fixture import ACCOUNT, SENDER, SETTINGS, TOKEN, Sandbox
from settings_file import SettingsFile
from jobs import new_number
from limits_file import LimitsFile
from programs import ROOT, await_that
from stack import StackTest

JOBS = 900
A_SECOND = "300"  # so that the load lasts
TWILIO = {"TWILIO_ACCOUNT_SID": ACCOUNT, "TWILIO_AUTH_TOKEN": TOKEN, "TWILIO_PHONE_NUMBER": SENDER}
GUPSHUP = {name: value for name, value in SETTINGS.items() if name.startswith("GUPSHUP_SMS_")}


class Case(StackTest):
    """Providers stand in the file alone: `in_file`, beside the sandbox's addresses."""

    # What the environment says, the file could not change.
    settings = {name: None for name in SETTINGS} | {"TWILIO_API_URL": None, "GUPSHUP_SMS_API_URL": None}
    in_file = TWILIO
    workers_at_start = 0

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        base = "http://" + cls.sandbox.addresses[0]
        cls.file = SettingsFile(TWILIO_API_URL=base, GUPSHUP_SMS_API_URL=base + "/GatewayAPI/rest", **cls.in_file)
        cls.addClassCleanup(cls.file.remove)
        cls.workers = [cls.start_worker(flags=("--config", cls.file.path))]
        await_that(cls.workers[0].is_ready, "the worker is ready")

    def reload(self, event, **settings):
        """The line of that event that follows."""
        seen = len(self.worker.log)
        self.file.reload(self.worker.process, **settings)
        return self.worker.await_line(event, after=seen)

    def sent_by(self, provider):
        job = self.send()
        self.assertEqual(self.await_status(job, "sent", "failed", "rejected")["status"], "sent")
        [attempt] = self.database.attempts(job["request_id"])
        self.assertEqual((attempt["provider"], attempt["state"]), (provider, "accepted"))


class under_load(Case):
    sandbox_settings = {"SANDBOX_LATENCY_MS": "1000", "TWILIO_AUTH_TOKEN": "token-of-before"}
    in_file = {**TWILIO, "TWILIO_AUTH_TOKEN": "token-of-before", "provider.twilio.sms.max_per_second": A_SECOND}

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        # It plays the same account after the old token was revoked.
        cls.later = Sandbox(SANDBOX_LATENCY_MS="200", TWILIO_AUTH_TOKEN="token-of-after")
        cls.addClassCleanup(cls.later.stop)

    def counted(self, sandbox):
        return collections.Counter(text["to"] for text in sandbox.inbox(limit=2 * JOBS))

    def test_a_new_token_is_used_from_then_on_and_no_job_is_lost_or_doubled(self):
        jobs = [self.send() for _ in range(JOBS // 3)]
        await_that(lambda: self.worker.metric("otp_provider_calls_in_flight", provider="twilio") > 20, "calls are under way")
        told = self.reload("providers_replaced", TWILIO_AUTH_TOKEN="token-of-after", TWILIO_API_URL="http://" + self.later.addresses[0])
        self.assertEqual((told["replaced"], told["kept"]), ("twilio/sms", ""))
        afterwards = [self.send() for _ in range(JOBS - len(jobs))]
        jobs += afterwards
        done = "select count(*) from otp.delivery where status not in ('queued', 'sending')"
        await_that(lambda: self.database.one(done) == JOBS, "all are done")

        self.assertEqual(self.database.rows("select status, count(*) from otp.delivery group by 1"), [{"status": "sent", "count": JOBS}])
        self.assertEqual(self.database.rows("select state, count(*) from otp.delivery_attempt group by 1"), [{"state": "accepted", "count": JOBS}])
        before, after = self.counted(self.sandbox), self.counted(self.later)
        self.assertEqual(before + after, collections.Counter(job["to"] for job in jobs))
        self.assertGreater(len(before), 20)
        self.assertGreater(len(after), len(afterwards) - 1)
        self.assertFalse(set(before) & {job["to"] for job in afterwards})
        self.await_nothing_left()
        self.assertEqual(self.broker.depth("otp.dead"), 0)
        self.assertNotIn("token-of-", self.worker.text)


class a_country(Case):
    def test_gets_providers_of_its_own_and_the_usual_ones_back(self):
        self.sent_by("twilio")
        told = self.reload("settings_reloaded", **GUPSHUP, **{"routes.US.sms": "gupshup"})
        self.assertIn("routes.US.sms", told["changed"])
        self.sent_by("gupshup")
        self.reload("settings_reloaded", **{"routes.US.sms": None, "routes.DE.sms": "gupshup"})
        self.sent_by("twilio")


class a_file(Case):
    def test_that_is_wrong_changes_nothing_and_the_log_names_the_fault(self):
        self.sent_by("twilio")
        for wrong, fault in (
            ({"TWILIO_ACCOUNT_SID": "AC12"}, "TWILIO_ACCOUNT_SID must be AC and 32 hexadecimal digits"),
            ({"TWILIO_PHONE_NUMBER": None}, "no provider is configured"),
            ({"OTP_SMS_PROVIDERS": "gupshup"}, "gupshup"),
            ({"TWILIO_AUTH_TOKEM": "x"}, "twilio_auth_tokem"),
        ):
            with self.subTest(fault=fault):
                self.assertIn(fault, self.reload("settings_not_reloaded", **wrong)["fault"])
                self.sent_by("twilio")
                right = {name: TWILIO.get(name) for name in wrong}
                self.assertEqual(self.reload("settings_reloaded", **right)["changed"], "")

    def test_that_cannot_be_read_changes_nothing(self):
        seen = len(self.worker.log)
        self.file.write("twilio_auth_token = ")
        self.file.reload_as_it_is(self.worker.process)
        self.assertIn(self.file.path, self.worker.await_line("settings_not_reloaded", after=seen)["fault"])
        self.sent_by("twilio")
        self.reload("settings_reloaded")

    def test_is_read_again_by_a_worker_that_waits_for_its_servers(self):
        waits = self.start_worker(flags=("--config", self.file.path), DATABASE_URL="postgresql://nobody@127.0.0.1:1/otp")
        waits.await_line("waiting_for_database")
        self.file.reload_as_it_is(waits.process)
        waits.await_line("settings_reloaded")

    def test_names_what_waits_for_the_next_start(self):
        line = self.reload("settings_not_live", OTP_QUEUE="otp.other", OTP_CONCURRENCY="7")
        self.assertEqual(line["settings"], "OTP_CONCURRENCY,OTP_QUEUE")
        self.assertIn("takes effect at the next start", line["detail"])
        self.assertEqual(self.reload("settings_not_live")["settings"], "OTP_CONCURRENCY,OTP_QUEUE")
        self.sent_by("twilio")
        self.reload("settings_reloaded", OTP_QUEUE=None, OTP_CONCURRENCY=None)

    def test_adds_orders_and_removes_providers(self):
        told = self.reload("providers_replaced", OTP_SMS_PROVIDERS="gupshup,twilio", **GUPSHUP)
        self.assertEqual((told["added"], told["kept"]), ("gupshup/sms", "twilio/sms"))
        self.sent_by("gupshup")
        self.assertGreater(self.worker.metric("otp_http_connections", provider="gupshup"), 0)
        told = self.reload("providers_replaced", OTP_SMS_PROVIDERS=None, **dict.fromkeys(GUPSHUP))
        self.assertEqual((told["removed"], told["kept"]), ("gupshup/sms", "twilio/sms"))
        self.sent_by("twilio")
        self.assertEqual(self.worker.metric("otp_http_connections", provider="gupshup"), 0)


class a_reload(Case):
    @classmethod
    def setUpClass(cls):
        cls.limits = LimitsFile()
        cls.addClassCleanup(cls.limits.remove)
        cls.in_file = {**TWILIO, "OTP_LIMITS": cls.limits.path}
        super().setUpClass()

    def two_texts_to_a_number(self):
        fields = {"to": new_number(), "tenant": "t" + uuid.uuid4().hex[:12]}
        jobs = [self.send(purpose=purpose, **fields) for purpose in "ab"]
        return sorted(self.await_status(job, "sent", "rejected")["status"] for job in jobs)

    def text(self):
        job = self.send()
        self.await_status(job, "sent")
        return self.texts(job["to"])[0]["text"]

    def test_takes_up_nothing_where_a_setting_a_rule_or_a_template_is_wrong(self):
        templates = os.path.join(self.file.folder, "templates")
        shutil.copytree(os.path.join(ROOT, "templates"), templates)
        english = os.path.join(templates, "otp", "en.txt")
        with open(english, "w", encoding="utf-8") as file:
            file.write("default: yes\n\nAnother text: {code}\n")
        one_text = "[limits.number]\nper_10_minutes = 1\n"
        self.limits.write(one_text)
        new = {"OTP_TEMPLATES": templates, "OTP_SMS_PROVIDERS": "gupshup", **GUPSHUP}
        for wrong, fault in (
            ({"TWILIO_ACCOUNT_SID": "AC12"}, "TWILIO_ACCOUNT_SID must be"),
            ({"OTP_TEMPLATES": "/nowhere"}, "templates cannot be used: /nowhere"),
            ({"limits.number.mode": "off"}, "limits stand in two files: " + self.limits.path),
        ):
            with self.subTest(fault=fault):
                self.assertIn(fault, self.reload("settings_not_reloaded", **{**new, **wrong})["fault"])
                self.assertEqual(self.two_texts_to_a_number(), ["sent", "sent"])
                self.assertNotIn("Another text", self.text())
                self.sent_by("twilio")
                self.file.change(**{name: TWILIO.get(name) for name in wrong})
        self.limits.write(one_text + "per_day = 0\n")
        self.assertIn("limits.number.per_day", self.reload("settings_not_reloaded", **new)["fault"])
        self.sent_by("twilio")
        self.limits.write(one_text)
        self.reload("settings_reloaded", **new)
        self.assertEqual(self.two_texts_to_a_number(), ["rejected", "sent"])
        self.assertIn("Another text", self.text())
        self.sent_by("gupshup")


class a_secret_of_its_own_file(Case):
    in_file = {**TWILIO, "TWILIO_AUTH_TOKEN": None}

    @classmethod
    def start_worker(cls, flags=(), **settings):
        return super().start_worker(flags, TWILIO_AUTH_TOKEN_FILE=cls.file.put_secret("token", "revoked"), **settings)

    def test_is_read_again_and_opens_the_way_that_the_revoked_one_closed(self):
        refused = self.send(new_number())
        self.assertEqual(self.await_status(refused, "failed")["provider"], "twilio")
        self.assertEqual(self.worker.metric("otp_breaker_open", provider="twilio"), 1)
        self.file.put_secret("token", TOKEN)
        self.assertEqual(self.reload("settings_reloaded")["changed"], "TWILIO_AUTH_TOKEN")
        self.assertEqual(self.worker.metric("otp_breaker_open", provider="twilio"), 0)
        self.sent_by("twilio")


if __name__ == "__main__":
    unittest.main()
