"""What Twilio Verify refuses, the sandbox refuses: one test for each rule of its Verifications."""

import http.client
import unittest
import urllib.parse

from sandbox_fixture import ACCOUNT, API_KEY, API_SECRET, TOKEN, VERIFICATIONS, VERIFY_SERVICE, Sandbox, SandboxTest, basic

OTHER = "VA0123456789abcdef0123456789abcdee"


class VerifyTest(SandboxTest):
    def refused(self, answer, status, code, named=""):
        body = answer.json()
        self.assertEqual((answer.status, body["code"]), (status, code), body)
        self.assertEqual(sorted(body), ["code", "message", "more_info", "status"])
        self.assertEqual(body["status"], status)
        self.assertIn(named, body["message"])

    def of(self, number, method="GET", **fields):
        path = VERIFICATIONS + "/" + urllib.parse.quote(number, safe="")
        if method == "GET":
            return self.sandbox.ask("GET", path, headers=basic(ACCOUNT, TOKEN))
        return self.sandbox.post_form(path, fields, basic(ACCOUNT, TOKEN))


class Starting(VerifyTest):
    def test_credentials_are_those_of_the_account(self):
        self.refused(self.sandbox.verify(headers={"Accept": "application/json"}), 401, 20003)
        self.refused(self.sandbox.verify(headers=basic(ACCOUNT, TOKEN + "x")), 401, 20003)
        self.assertEqual(self.sandbox.verify(headers=basic(API_KEY, API_SECRET)).status, 201)

    def test_the_service_is_the_one_that_is_set(self):
        for service in (OTHER, "VA12", "MG0123456789abcdef0123456789abcdef"):
            self.refused(self.sandbox.verify(path=f"/v2/Services/{service}/Verifications"), 404, 20404)

    def test_the_answer_is_the_verification_and_never_shows_the_code(self):
        answer = self.sandbox.verify(To="+14155550111", Locale="de", Tags='{"attempt":"a/1"}')
        self.assertEqual(answer.status, 201)
        body = answer.json()
        self.assertRegex(body["sid"], "^VE[0-9a-f]{32}$")
        self.assertEqual((body["service_sid"], body["account_sid"], body["to"]), (VERIFY_SERVICE, ACCOUNT, "+14155550111"))
        self.assertEqual((body["channel"], body["status"], body["valid"], body["lookup"]), ("sms", "pending", False, {}))
        [sent] = body["send_code_attempts"]
        self.assertEqual(sent["channel"], "SMS")
        self.assertRegex(sent["time"], r"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$")
        self.assertRegex(sent["attempt_sid"], "^VL[0-9a-f]{32}$")
        self.assertNotIn("482913", answer.text)

    def test_the_text_with_the_code_is_in_the_inbox(self):
        sid = self.sandbox.verify(To="+14155550112", Channel="whatsapp", CustomCode="0482").json()["sid"]
        text = self.newest(to="+14155550112")
        self.assertEqual((text["provider"], text["channel"], text["message_id"]), ("twilio_verify", "whatsapp", sid))
        self.assertIn("0482", text["text"])

    def test_without_a_code_of_ours_it_makes_one(self):
        self.assertEqual(self.sandbox.verify(To="+14155550113", CustomCode=None).status, 201)
        self.assertRegex(self.newest(to="+14155550113")["text"], r": \d{6}$")

    def test_each_field_has_its_rule(self):
        rules = [
            ({"To": None}, 400, 60200, "`To`"), ({"To": "14155550100"}, 400, 60200, "`To`"),
            ({"To": "whatsapp:+14155550100"}, 400, 60200, "`To`"),
            ({"Channel": None}, 400, 60200, "`Channel`"), ({"Channel": "pigeon"}, 400, 60200, "`Channel`"),
            ({"Channel": "call"}, 400, 60223, ""), ({"CustomCode": "123"}, 400, 60200, "`CustomCode`"),
            ({"CustomCode": "12345678901"}, 400, 60200, "`CustomCode`"), ({"Locale": "xx"}, 404, 20404, ""),
            ({"Tags": "[]"}, 400, 60200, "`Tags`"), ({"Tags": '{"a":"%s"}' % ("x" * 129)}, 400, 60200, "`Tags`"),
            ({"RateLimits": "x"}, 400, 60200, "`RateLimits`"), ({"RiskCheck": "off"}, 400, 60200, "`RiskCheck`"),
            ({"AppHash": "short"}, 400, 60200, "`AppHash`"), ({"AppHash": "FA+9qCX9VSu", "Channel": "whatsapp"}, 400, 60602, ""),
        ]
        for fields, status, code, named in rules:
            with self.subTest(**fields):
                self.refused(self.sandbox.verify(**fields), status, code, named)

    def test_a_body_of_another_type_or_encoding_has_no_fields(self):
        headers = dict(basic(ACCOUNT, TOKEN), **{"Content-Type": "application/json"})
        self.refused(self.sandbox.ask("POST", VERIFICATIONS, '{"To":"+14155550100"}', headers), 400, 60200, "`To`")
        headers["Content-Type"] = "application/x-www-form-urlencoded"
        self.refused(self.sandbox.ask("POST", VERIFICATIONS, "To=100%", headers), 400, 20001)


class Ending(VerifyTest):
    def test_another_code_is_sent_only_once_the_first_is_ended(self):
        number = "+14155550121"
        first = self.sandbox.verify(To=number, CustomCode="111111").json()
        again = self.sandbox.verify(To=number, CustomCode="222222").json()
        self.assertEqual((again["sid"], len(again["send_code_attempts"])), (first["sid"], 2))
        self.assertIn("111111", self.newest(to=number)["text"])
        ended = self.of(number, "POST", Status="canceled")
        self.assertEqual((ended.status, ended.json()["status"], ended.json()["sid"]), (200, "canceled", first["sid"]))
        self.assertEqual(self.sandbox.verify(To=number, CustomCode="222222").status, 201)
        self.assertIn("222222", self.newest(to=number)["text"])

    def test_what_is_pending_is_found_by_number_and_sid(self):
        number = "+14155550122"
        self.refused(self.of(number), 404, 20404)
        sid = self.sandbox.verify(To=number).json()["sid"]
        for key in (number, sid):
            self.assertEqual(self.of(key).json()["sid"], sid)
        self.assertEqual(self.of(sid, "POST", Status="approved").json()["valid"], True)
        for key in (number, sid):
            self.refused(self.of(key), 404, 20404)
            self.refused(self.of(key, "POST", Status="approved"), 404, 20404)

    def test_a_state_must_be_one_that_ends(self):
        number = "+14155550123"
        self.sandbox.verify(To=number)
        self.refused(self.of(number, "POST", Status="pending"), 400, 60200, "`Status`")
        self.refused(self.of(number, "POST"), 400, 60200, "`Status`")
        self.assertEqual(self.of(number).status, 200)

    def test_it_needs_credentials(self):
        path = VERIFICATIONS + "/%2B14155550124"
        self.refused(self.sandbox.ask("GET", path), 401, 20003)
        self.refused(self.sandbox.post_form(path, {"Status": "canceled"}), 401, 20003)


class Magic(VerifyTest):
    def test_refusals_are_verifys_own(self):
        for last, status, code in (("01", 400, 60200), ("02", 403, 60410), ("03", 401, 20003), ("04", 403, 60204),
                                   ("05", 400, 60223), ("06", 429, 20429), ("07", 500, 20500), ("08", 503, 20503)):
            for prefix in ("+197855501", "+197355501"):
                answer = self.sandbox.verify(To=prefix + last)
                self.refused(answer, status, code)
                self.assertEqual(answer.headers["Retry-After"], "2" if last == "06" else None)
                self.assertEqual(self.sandbox.inbox(to=prefix + last), [])

    def test_no_other_services_number_teaches_it(self):
        for prefix in ("+197055501", "+197155501", "+197255501"):
            self.assertEqual(self.sandbox.verify(To=prefix + "01").status, 201)

    def test_failure_and_doubt_rates_hold_for_it(self):
        for settings, status in (({"SANDBOX_FAILURE_RATE": "1"}, 500), ({"SANDBOX_DOUBT_RATE": "1"}, None)):
            other = Sandbox(**settings)
            self.addCleanup(other.stop)
            if status:
                self.refused(other.verify(), status, 20500)
            else:
                with self.assertRaises(http.client.HTTPException):
                    other.verify()
                self.assertEqual(len(other.inbox()), 1)


if __name__ == "__main__":
    unittest.main()
