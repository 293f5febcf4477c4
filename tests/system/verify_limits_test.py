#!/usr/bin/python3
"""The limits of otp-verify over HTTP: every rule, its modes, and a file that changes while it runs. And keys of operators."""
import json
import os
import subprocess
import time
import unittest
import urllib.parse

from limits_file import LONDON_LINE, OF_TWO, PREMIUM, TOLL_FREE, LimitsFile, british
from verify_service import ROOT, World, environment, eventually, new_id, new_number


class Case(unittest.TestCase):
    limits = ""
    settings = {}

    @classmethod
    def setUpClass(cls):
        cls.file = LimitsFile(cls.limits)
        cls.addClassCleanup(cls.file.remove)
        cls.world = World(OTP_LIMITS=cls.file.path, **cls.settings)
        cls.addClassCleanup(cls.world.close)

    def send(self, to=None, key=None, **fields):
        return self.world.post("/v1/verifications", {"to": to or new_number(), **fields}, key)

    def limited(self, answer, rule):
        self.assertEqual((answer.status, answer.json["code"], answer.json["rule"]), (429, "rate_limited", rule), answer.text)
        self.assertGreaterEqual(int(answer.headers["Retry-After"]), 1)
        self.assertEqual(self.delivery(answer.json["request_id"]), ("rejected", rule))
        return answer

    def delivery(self, request):
        return self.world.db.delivery(request)

    def noted(self, answer):
        return [r[0] for r in self.world.db.rows("select status from otp.delivery_event where kind = 'would_refuse' and request_id = %s order by 1",
                                                 answer.json["request_id"])]

    def metric(self, name, rule):
        for line in self.world.verify.call("GET", "/metrics").text.splitlines():
            if line.startswith(name) and f'rule="{rule}"' in line:
                return float(line.rsplit(" ", 1)[1])
        return 0.0

    def reload(self, text, event):
        told = len(self.log(event))
        self.file.reload(self.world.verify.process, text)
        return eventually(event, lambda: self.log(event)[told:])

    def log(self, event):
        return [line for line in map(json.loads, list(self.world.verify.log)) if line["event"] == event]


class without_a_file(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.world = World()
        cls.addClassCleanup(cls.world.close)

    def test_the_contracts_limits_hold(self):
        number = new_number()
        answers = [self.world.post("/v1/verifications", {"to": number, "purpose": p}) for p in "abcdef"]
        self.assertEqual([a.status for a in answers], [202] * 5 + [429])
        self.assertEqual((answers[5].json["code"], answers[5].json["rule"]), ("rate_limited", "limit_number"))

    def test_sixty_texts_an_hour_may_be_asked_for_by_an_address(self):
        statuses = [self.world.post("/v1/verifications", {"to": new_number(), "client_ip": "198.51.100.7"}).status for _ in range(61)]
        self.assertEqual(statuses, [202] * 60 + [429])

    def test_numbers_that_cost_or_cannot_be_texted_are_refused(self):
        for number in (PREMIUM, TOLL_FREE, LONDON_LINE):
            answer = self.world.post("/v1/verifications", {"to": number})
            self.assertEqual((answer.status, answer.type, answer.json["code"]), (403, "application/problem+json", "number_type_not_allowed"))
            older = self.world.post("/send-otp", {"phone_number": number})
            self.assertEqual((older.status, older.json["success"], older.json["error"]), (400, False, "number_type_not_allowed"))
        self.assertEqual(self.world.post("/v1/verifications", {"to": LONDON_LINE, "channel": "whatsapp"}).status, 202)
        either = self.world.post("/v1/verifications", {"to": LONDON_LINE, "purpose": "other", "channel": ["sms", "whatsapp"]})
        self.assertEqual((either.status, either.json["channel"]), (202, "whatsapp"))
        self.assertEqual(self.world.vhost.messages("otp.send")[-1:] != [], True)


class each_rule(Case):
    settings = {"OTP_COUNTRIES": "GB,US"}
    limits = OF_TWO

    def test_a_number(self):
        number = new_number()
        for purpose in "ab":
            self.assertEqual(self.send(number, purpose=purpose).status, 202)
        self.limited(self.send(number, purpose="c"), "limit_number")
        self.assertEqual(self.send(number, self.world.other_key).status, 202)

    def test_a_user(self):
        for _ in range(2):
            self.assertEqual(self.send(user="u1").status, 202)
        self.limited(self.send(user="u1"), "limit_user")
        self.assertEqual(self.send(user="u2").status, 202)

    def test_an_address(self):
        for _ in range(2):
            self.assertEqual(self.send(client_ip="2001:db8::1").status, 202)
        self.limited(self.send(client_ip="2001:db8::1"), "limit_ip")

    def test_a_tenant(self):
        key = self.world.new_key("slow", "send")
        for _ in range(2):
            self.assertEqual(self.send(key=key).status, 202)
        refused = self.limited(self.send(key=key), "limit_tenant")
        self.assertEqual(int(refused.headers["Retry-After"]), 1800)

    def test_a_country_of_a_tenant(self):
        for _ in range(2):
            self.assertEqual(self.send(british()).status, 202)
        self.limited(self.send(british()), "limit_country")
        self.assertEqual(self.send(british(), self.world.other_key).status, 202)

    def test_a_country_that_is_not_listed(self):
        number, request = "+4915123456789", new_id()
        for _ in range(2):
            refused = self.send(number, request_id=request)
            self.assertEqual((refused.status, refused.json["code"], refused.json["rule"]), (403, "country_not_allowed", "country_not_allowed"))
        self.assertEqual(self.delivery(request), ("rejected", "country_not_allowed"))
        older = self.world.post("/send-otp", {"phone_number": number})
        self.assertEqual((older.status, older.json["error"]), (400, "country_not_allowed"))

    def test_what_was_refused_is_not_published(self):
        self.world.vhost.messages()
        self.send(PREMIUM)
        self.send("+4915123456789")
        self.assertEqual(self.world.vhost.messages(), [])

    def test_a_repeat_gets_the_stored_answer_and_pays_nothing(self):
        key = self.world.new_key("slow2", "send")
        self.world.db.rows("select otp.lease_tenant_rate('slow2', 0.0, 1, 0)")
        request = new_id()
        number = new_number()
        answers = [self.send(number, key, request_id=request) for _ in range(5)]
        self.assertEqual({a.status for a in answers}, {202})
        self.assertEqual(len({a.json["id"] for a in answers}), 1)

    def test_refusals_are_counted_by_rule(self):
        before = self.metric("otp_verify_refused_total", "number_type_not_allowed")
        self.send(PREMIUM)
        self.assertEqual(self.metric("otp_verify_refused_total", "number_type_not_allowed"), before + 1)


class a_rule_that_observes(Case):
    limits = """
        [limits]
        number = {mode = "observe", per_10_minutes = 1}
        user = {mode = "observe", per_hour = 1}
        client_ip = {mode = "observe", per_hour = 1}
        resend = {mode = "observe"}
        countries = {mode = "observe", allowed = ["US"]}
        number_type = {mode = "observe"}
        tenant = {mode = "observe", rates = {slow = {per_hour = 1}}}
        country = {mode = "observe", rates = {GB = {per_hour = 1}}}
    """

    def test_lets_pass_and_notes_what_it_would_have_refused(self):
        number = new_number()
        self.assertEqual(self.noted(self.send(number, user="u", client_ip="198.51.100.1")), [])
        before = self.metric("otp_would_refuse_total", "limit_number")
        second = self.send(number, user="u", client_ip="198.51.100.1")
        self.assertEqual(second.status, 202)
        self.assertEqual(self.noted(second), ["limit_ip", "limit_number", "limit_user"])
        self.assertEqual(self.metric("otp_would_refuse_total", "limit_number"), before + 1)

    def test_lets_rates_countries_and_kinds_of_numbers_pass(self):
        key = self.world.new_key("slow", "send")
        self.send(british(), key)
        second = self.send(LONDON_LINE, key)
        self.assertEqual(second.status, 202)
        self.assertEqual(self.noted(second), ["country_not_allowed", "limit_country", "limit_tenant", "number_type_not_allowed"])


class a_file_that_changes(Case):
    limits = "[limits.number]\nper_10_minutes = 1"

    def test_holds_from_the_hangup_on_and_stays_where_it_has_become_wrong(self):
        number = new_number()
        self.assertEqual(self.send(number, purpose="a").status, 202)
        self.limited(self.send(number, purpose="b"), "limit_number")
        self.reload("[limits.number]\nper_10_minutes = 3", "limits_reloaded")
        for purpose in "cd":
            self.assertEqual(self.send(number, purpose=purpose).status, 202)
        self.limited(self.send(number, purpose="e"), "limit_number")
        told = self.reload('[limits.number]\nper_10_minutes = 9\nmode = "no"\nper_dya = 3', "settings_not_reloaded")
        self.assertIn("limits.number.mode", told[0]["fault"])
        eventually("both faults", lambda: len(self.log("settings_not_reloaded")) == 2)
        self.limited(self.send(number, purpose="f"), "limit_number")
        self.reload('[limits.number]\nmode = "off"', "limits_reloaded")
        for purpose in "ghijklm":
            self.assertEqual(self.send(number, purpose=purpose).status, 202)


class a_file_that_is_wrong_at_start(unittest.TestCase):
    def refusal(self, *flags, **settings):
        values = {"AMQP_URL": "amqp://u:p@127.0.0.1:1/x", "DATABASE_URL": "postgresql://u@127.0.0.1:1/x", "OTP_HASH_KEYS": "h1:" + "2b" * 32, **settings}
        program = os.path.join(environment("OTP_BUILD_DIR"), "bin", "otp-verify")
        return subprocess.run([program, "--check-config", *flags], env=values, capture_output=True, text=True, timeout=30)

    def test_is_bad_configuration_with_every_fault(self):
        file = LimitsFile('[limits.number]\nper_day = 0\n[limits.countries]\nallowed = ["uk"]\n[limit]\n')
        self.addCleanup(file.remove)
        done = self.refusal(OTP_LIMITS=file.path)
        self.assertEqual(done.returncode, 78)
        for word in ("limits.number.per_day", "limits.countries.allowed", "limit is unknown"):
            self.assertIn(word, done.stderr)

    def test_is_bad_configuration_where_the_programs_own_file_has_rules_too(self):
        rules, own = LimitsFile("[limits.number]\nper_day = 7\n"), LimitsFile("otp_code_length = 7\n[limits]\nnonsense = true\n")
        for file in (rules, own):
            self.addCleanup(file.remove)
        done = self.refusal("--config", own.path, OTP_LIMITS=rules.path)
        self.assertEqual((done.returncode, done.stdout), (78, ""))
        self.assertIn("limits stand in two files: " + rules.path, done.stderr)
        self.assertIn(own.path, done.stderr)
        own.write("otp_code_length = 7\n")
        self.assertEqual(self.refusal("--config", own.path, OTP_LIMITS=rules.path).returncode, 0)

    def test_may_stand_in_the_programs_own_file(self):
        file = LimitsFile('otp_code_length = 7\n[limits.number]\nper_day = 7\n[abuse.country]\nmode = "off"\n')
        self.addCleanup(file.remove)
        done = self.refusal("--config", file.path)
        self.assertEqual(done.returncode, 0, done.stderr)
        for line in ("limits.number.per_day = 7", "limits.number.per_10_minutes = 5", "abuse.country.mode = off"):
            self.assertIn(line + "\n", done.stdout)
        file.write("[limits.number]\nper_day = 0\n")
        done = self.refusal("--config", file.path)
        self.assertEqual(done.returncode, 78)
        self.assertIn("limits.number.per_day", done.stderr)


class abuse(Case):
    limits = """
        [abuse]
        interval_seconds = 1
        country = {mode = "enforce"}
        ip = {mode = "observe"}
    """

    def test_what_is_closed_is_refused_or_noted_until_it_opens(self):
        key = self.world.new_key("pumped", "send")
        self.world.db.rows("insert into otp.abuse_closed values ('pumped', 'c', 'GB', '1h', 9, 0, 4, now()), ('pumped', 'i', '198.51.100.0/24', '1h', 9, 0, 4, now())")
        refused = eventually("closed", lambda: (lambda a: a if a.status == 429 else None)(self.send(british(), key)))
        self.assertGreaterEqual(int(self.limited(refused, "abuse_country").headers["Retry-After"]), 60)
        observed = self.send(key=key, client_ip="198.51.100.9")
        self.assertEqual((observed.status, self.noted(observed)), (202, ["abuse_ip"]))
        self.assertEqual(self.send(british()).status, 202)
        self.world.db.rows("delete from otp.abuse_closed")
        eventually("open again", lambda: self.send(british(), key).status == 202)


class keys_of_operators(Case):
    def otpctl(self, *words):
        url = urllib.parse.urlsplit(environment("DATABASE_URL"))._replace(path="/" + self.world.database.name).geturl()
        program = os.path.join(environment("OTP_BUILD_DIR"), "bin", "otpctl")
        return subprocess.run([program, "apikey", *words], env={"DATABASE_URL": url}, capture_output=True, text=True, timeout=60, cwd=ROOT)

    def listed(self, tenant):
        lines = self.otpctl("list", "--tenant", tenant).stdout.splitlines()
        return [dict(zip(lines[0].split("\t"), line.split("\t"))) for line in lines[1:]]

    def status(self, key):
        return self.world.verify.call("GET", "/v1/verifications/" + new_id(), key=key).status

    def test_a_key_is_made_listed_used_rotated_and_revoked(self):
        key = self.otpctl("create", "--tenant", "shop", "--scopes", "read").stdout.strip()
        self.assertEqual(self.status(key), 404)
        (shown,) = self.listed("shop")
        self.assertEqual((shown["tenant"], shown["scopes"], shown["state"]), ("shop", "read", "living"))
        self.assertNotEqual(shown["last used"], "never")
        self.assertNotIn(key[4:], str(shown))

        rotated = self.otpctl("rotate", shown["id"], "--grace", "3")
        began = time.monotonic()
        new = rotated.stdout.strip()
        self.assertIn(shown["id"], rotated.stderr)
        self.assertEqual((self.status(key), self.status(new)), (404, 404))
        eventually("the old one has ended", lambda: self.status(key) == 401)
        self.assertLess(time.monotonic() - began, 3 + 5)
        self.assertEqual(self.status(new), 404)

        living = next(k for k in self.listed("shop") if k["state"] == "living")
        self.assertEqual(self.otpctl("revoke", living["id"]).returncode, 0)
        revoked = time.monotonic()
        eventually("revoked", lambda: self.status(new) == 401)
        self.assertLess(time.monotonic() - revoked, 5)
        self.assertEqual([k["state"].split()[0] for k in self.listed("shop")], ["ended", "ended"])

    def test_a_key_that_does_not_live_cannot_be_rotated_or_revoked(self):
        for words in (("revoke", "0" * 12), ("rotate", "0" * 12)):
            done = self.otpctl(*words)
            self.assertEqual((done.returncode, done.stdout), (64, ""), words)
            self.assertIn("0" * 12, done.stderr)
        for words in (("revoke",), ("revoke", "xyz"), ("rotate", "0" * 12, "--grace", "-1"), ("forget", "0" * 12), ()):
            self.assertEqual(self.otpctl(*words).returncode, 64, words)


if __name__ == "__main__":
    unittest.main()
