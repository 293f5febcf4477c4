#!/usr/bin/python3
"""The calls that clients of older services make, as they make them: curl command lines and fetch of a browser's JavaScript, against
otp-verify, a worker and the sandbox."""
import hashlib
import json
import os
import re
import secrets
import subprocess
import unittest
import urllib.parse

import sandbox_fixture
from broker import Broker
from jobs import HASH_KEYS, digits, new_number
from programs import PATIENCE, await_that
from stack import StackTest
from verify_service import Verify

JSON = "-H 'Content-Type: application/json'"
KEY = "-H \"Authorization: Bearer $KEY\""
TEST_NUMBER = "+14155550199"


class Clients(StackTest):
    older = {}   # what that service had in its settings

    @classmethod
    def setUpClass(cls):
        cls.settings = cls.older
        super().setUpClass()
        cls.verify = cls.start_verify()
        cls.key, cls.admin_key = (cls.new_key(*scopes) for scopes in (("send", "check", "read"), ("admin",)))

    @classmethod
    def start_verify(cls, broker=None, **settings):
        providers = {k: v for k, v in cls.usual_settings().items() if k.startswith(("TWILIO_", "GUPSHUP_"))}
        given = {"OTP_HASH_KEYS": HASH_KEYS, "OTP_RESEND_SECONDS": "0", "TEST_PHONE_NUMBER": TEST_NUMBER, **providers, **cls.older}
        verify = Verify(cls.database, (broker or cls.broker).url, **{**given, **settings})
        cls.addClassCleanup(verify.kill)
        return verify

    @classmethod
    def new_key(cls, *scopes):
        key = secrets.token_urlsafe(24)
        cls.database.rows("select otp.create_api_key(%s, 'acme', %s)", hashlib.sha256(key.encode()).digest(), list(scopes))
        return key

    def environment(self, verify=None, key=None):
        host, port = (verify or self.verify).address
        return {"PATH": os.environ["PATH"], "URL": f"http://{host}:{port}", "KEY": key or self.key, "no_proxy": "*"}

    def curl(self, words, **where):
        """A command line as it stands in a README: (status, JSON)."""
        line = "curl -sS -w '\\n%{http_code}' " + words
        done = subprocess.run(["sh", "-c", line], env=self.environment(**where), capture_output=True, text=True, timeout=PATIENCE)
        self.assertEqual(done.returncode, 0, done.stderr)
        text, _, status = done.stdout.rpartition("\n")
        return int(status), json.loads(text)

    def fetch(self, script, **where):
        """What a front end's JavaScript prints as JSON."""
        done = subprocess.run(["node", "--input-type=module", "-e", script], env=self.environment(**where), capture_output=True, text=True,
                              timeout=PATIENCE)
        self.assertEqual(done.returncode, 0, done.stderr)
        return json.loads(done.stdout)

    def code_at(self, number):
        """The code in the newest text there."""
        return digits(await_that(lambda: self.texts(number), "a text to " + number)[-1]["text"])

    def wrong(self, code):
        return "%0*d" % (len(code), (int(code) + 1) % 10 ** len(code))


class a_flask_service_by_curl(Clients):
    older = {"OTP_CODE_LENGTH": "4", "OTP_EXPIRY_MINUTES": "3", "OTP_AUTH": "off", "OTP_DEFAULT_REGION": "US"}

    def send(self, body, path="/send-otp"):
        return self.curl(f"-X POST $URL{path} {JSON} -d '{json.dumps(body)}'")

    def check(self, body, path="/verify-otp"):
        return self.curl(f"-X POST $URL{path} {JSON} -d '{json.dumps(body)}'")

    def test_a_four_digit_code_is_sent_refused_taken_and_used(self):
        number = new_number()
        status, sent = self.send({"phone_number": number, "generated_otp": "0000"})
        self.assertEqual((status, sent["success"], sent["status"], sent["to"], sent["channel"], sent["data"]),
                         (200, True, "pending", number, "sms", {"phone_number": number}))
        self.assertIsInstance(sent["otp_id"], str)
        code = self.code_at(number)
        self.assertEqual(len(code), 4)
        self.assertNotIn(code, json.dumps(sent).replace(number, ""))
        status, refused = self.check({"phone_number": number, "otp": self.wrong(code)})
        self.assertEqual((status, refused["success"], refused["valid"], refused["verified"]), (400, False, False, False))
        status, taken = self.check({"phone_number": number, "otp": code})
        self.assertEqual((status, taken["success"], taken["status"], taken["valid"], taken["verified"], taken["data"]),
                         (200, True, "approved", True, True, {"phone_number": number}))
        self.assertEqual(self.check({"phone_number": number, "otp": code}), (400, refused))

    def test_a_code_lives_three_minutes(self):
        number = new_number()
        self.send({"phone_number": number})
        self.code_at(number)
        life = self.database.one("select extract(epoch from code_expires_at - created_at)::float from otp.verification where number = %s", number)
        self.assertAlmostEqual(life, 180, delta=5)

    def test_the_number_may_be_written_in_every_way_and_comes_back_like_that(self):
        for write in (lambda n: f"{n[:2]} ({n[2:5]}) {n[5:8]}-{n[8:]}", lambda n: f"{n[:2]} {n[2:5]} {n[5:8]} {n[8:]}",
                      lambda n: f"({n[2:5]}) {n[5:8]}-{n[8:]}", lambda n: n[2:], lambda n: "whatsapp:" + n):
            number = new_number()
            written = write(number)
            status, sent = self.send({"to": written, "channel": "sms"})
            self.assertEqual((status, sent["to"], sent["data"]["phone_number"]), (200, written, written))
            status, taken = self.check({"to": written, "code": self.code_at(number)})
            self.assertEqual((status, taken["data"]["phone_number"]), (200, written))

    def test_a_front_end_may_send_number_and_code_as_json_numbers(self):
        number = new_number()
        for written in (number[2:], number[1:]):
            status, sent = self.send({"phone_number": int(written)})
            self.assertEqual((status, sent["to"], sent["data"]["phone_number"]), (200, written, written))
        code = self.code_at(number)
        status, taken = self.check({"phone_number": int(number[1:]), "otp": int(code)})
        self.assertEqual((status, taken["data"]["phone_number"]), (200, number[1:]))

    def test_a_code_may_be_written_with_blanks(self):
        number = new_number()
        self.send({"phone_number": number})
        code = self.code_at(number)
        self.assertEqual(self.check({"phone_number": number, "otp": f" {code[:2]} {code[2:]}"})[0], 200)

    def test_whatsapp_is_asked_for_by_channel(self):
        number = new_number()
        status, sent = self.send({"to": "whatsapp:" + number, "channel": "whatsapp"})
        self.assertEqual((status, sent["to"], sent["channel"]), (200, "whatsapp:" + number, "whatsapp"))
        code = self.code_at(number)
        self.assertEqual(self.texts(number)[-1]["channel"], "whatsapp")
        self.assertEqual(self.check({"to": "whatsapp:" + number, "code": code})[0], 200)

    def test_a_channel_that_no_provider_has_is_refused(self):
        for channel in ("email", "voice"):
            status, refused = self.send({"to": new_number(), "channel": channel})
            self.assertEqual((status, refused["success"], refused["error"]), (400, False, "no_provider_for_channel"))
            self.assertEqual(set(refused), {"success", "error", "message"})

    def test_curl_that_names_no_content_type_is_understood(self):
        number = new_number()
        self.assertEqual(self.curl(f"$URL/send-otp -d '{{\"phone_number\": \"{number}\"}}'")[0], 200)
        self.assertEqual(self.curl(f"$URL/verify-otp -d '{{\"phone_number\": \"{number}\", \"otp\": \"{self.code_at(number)}\"}}'")[0], 200)

    def test_every_route_is_there_with_a_slash_at_its_end_too(self):
        for slash in ("", "/"):
            for path in ("/send-otp", "/resend-otp", "/api/v1/messaging/send-otp", "/otp/generate"):
                self.assertEqual(self.send({"phone_number": new_number()}, path + slash)[0], 200, path + slash)
            for path, fields in (("/verify-otp", "otp"), ("/api/v1/messaging/verify-otp", "otp"), ("/otp/verify", "otp")):
                number = new_number()
                self.send({"phone_number": number})
                self.assertEqual(self.check({"phone_number": number, fields: self.code_at(number)}, path + slash)[0], 200, path + slash)
            for path in ("/health", "/debug/whatsapp", "/debug/test-request"):
                self.assertEqual(self.curl("$URL" + path + slash)[0], 200, path + slash)

    def test_health_says_healthy(self):
        status, said = self.curl("$URL/health")
        self.assertEqual((status, said["status"], set(said)), (200, "healthy", {"status", "message"}))


class a_fastapi_service_by_curl(Clients):
    older = {"OTP_EXPIRY_MINUTES": "10"}

    def post(self, path, body, **where):
        return self.curl(f"--request POST \"$URL{path}\" {KEY} {JSON} --data '{json.dumps(body)}'", **where)

    def test_a_code_of_ten_minutes_is_sent_and_checked_with_the_bearer(self):
        number = new_number()
        status, sent = self.post("/api/v1/messaging/send-otp/", {"phone_number": number})
        self.assertEqual((status, sent["data"]), (200, {"phone_number": number}))
        code = self.code_at(number)
        self.assertEqual(len(code), 6)
        life = self.database.one("select extract(epoch from code_expires_at - created_at)::float from otp.verification where number = %s", number)
        self.assertAlmostEqual(life, 600, delta=5)
        self.assertEqual(self.post("/api/v1/messaging/verify-otp/", {"phone_number": number, "otp": self.wrong(code)})[0], 400)
        self.assertEqual(self.post("/api/v1/messaging/verify-otp/", {"phone_number": number, "otp": code})[0], 200)

    def test_without_a_key_nothing_is_sent(self):
        for path in ("/send-otp", "/resend-otp/", "/otp/generate/", "/api/v1/messaging/send-otp/"):
            number = new_number()
            status, refused = self.curl(f"$URL{path} {JSON} -d '{{\"phone_number\": \"{number}\"}}'")
            self.assertEqual((status, refused["code"]), (401, "missing_key"), path)
            self.assertEqual(self.database.one("select count(*) from otp.delivery where number = %s", number), 0)

    def test_the_test_text_arrives_and_its_sid_comes_back(self):
        self.database.rows("delete from otp.send_budget")
        status, sent = self.curl(f"$URL/api/v1/messaging/test-twilio/ {KEY}")
        self.assertEqual((status, sent["success"], sent["to"]), (200, True, TEST_NUMBER), sent)
        [text] = [t for t in self.texts(TEST_NUMBER) if t["message_id"] == sent["sid"]]
        self.assertRegex(sent["sid"], "^SM[0-9a-f]{32}$")
        self.assertEqual((text["provider"], text["channel"]), ("twilio", "sms"))

    def test_without_a_number_to_test_there_is_no_test_text(self):
        bare = self.start_verify(TEST_PHONE_NUMBER=None)
        status, refused = self.curl(f"$URL/api/v1/messaging/test-twilio/ {KEY}", verify=bare)
        self.assertEqual((status, refused["success"], refused["error"]), (400, False, "no_test_number"))

    def test_a_test_text_that_cannot_be_sent_says_why(self):
        refused_number = self.start_verify(TEST_PHONE_NUMBER="+19735550101")   # docs/sandbox.md: refused by every provider
        status, refused = self.curl(f"$URL/api/v1/messaging/test-twilio/ {KEY}", verify=refused_number)
        self.assertEqual((status, refused["success"], refused["error"]), (502, False, "not_sent"), refused)
        self.assertIn("failed", refused["message"])

    def test_a_test_text_that_nobody_takes_is_given_up(self):
        without_workers = Broker()
        self.addCleanup(without_workers.close)
        alone = self.start_verify(without_workers, TEST_PHONE_NUMBER=new_number())
        self.addCleanup(alone.stop)
        status, refused = self.curl(f"$URL/api/v1/messaging/test-twilio/ {KEY}", verify=alone)
        self.assertEqual((status, refused["success"], refused["error"]), (504, False, "no_sid"), refused)

    def test_debugging_shows_what_is_set_and_no_secret(self):
        status, shown = self.curl(f"$URL/debug/whatsapp {KEY}", key=self.admin_key)
        self.assertEqual((status, shown["settings"]["TWILIO_WHATSAPP_NUMBER"], shown["settings"]["TWILIO_API_KEY"]), (200, True, False))
        self.assertEqual(shown["whatsapp"], {"twilio": True, "twilio_verify": False, "gupshup": True})
        status, sent = self.curl(f"$URL/debug/test-request {KEY}", key=self.admin_key)
        self.assertEqual((status, [(r["provider"], r["channel"]) for r in sent["requests"]]),
                         (200, [("twilio", "sms"), ("twilio", "whatsapp"), ("gupshup", "whatsapp"), ("gupshup", "sms")]))
        for secret in (sandbox_fixture.TOKEN, sandbox_fixture.SETTINGS["GUPSHUP_API_KEY"], sandbox_fixture.SETTINGS["GUPSHUP_SMS_PASSWORD"]):
            for text in (json.dumps(shown), json.dumps(sent)):
                self.assertNotIn(secret, text)
                self.assertNotIn(urllib.parse.quote_plus(secret), text)
        form = dict(urllib.parse.parse_qsl(sent["requests"][0]["body"]))
        self.assertEqual((form["To"], form["From"]), (TEST_NUMBER, sandbox_fixture.SENDER))
        self.assertTrue(form["Body"].startswith("****** is your"), form)
        self.assertIsNone(re.search(r"\b\d{4,10}\b", form["Body"]))

    def test_debugging_needs_an_admin_key(self):
        for path in ("/debug/whatsapp", "/debug/test-request"):
            self.assertEqual(self.curl(f"$URL{path} {KEY}")[0], 403)
            self.assertEqual(self.curl(f"$URL{path}")[0], 401)


class a_django_service_by_curl(Clients):
    def post(self, path, body):
        return self.curl(f"-X POST $URL{path} {KEY} {JSON} -d '{json.dumps(body)}'")

    def test_a_code_is_generated_and_verified(self):
        number = new_number()
        status, sent = self.post("/otp/generate/", {"phone_number": number})
        self.assertEqual((status, set(sent)), (200, {"message"}))
        code = self.code_at(number)
        status, refused = self.post("/otp/verify/", {"phone_number": number, "otp": self.wrong(code)})
        self.assertEqual((status, set(refused)), (400, {"error"}))
        status, taken = self.post("/otp/verify/", {"phone_number": number, "otp": code})
        self.assertEqual((status, set(taken)), (200, {"message"}))
        self.assertEqual(self.post("/otp/verify/", {"phone_number": number, "otp": code}), (400, refused))   # used

    def test_a_number_never_asked_for_is_404(self):
        status, refused = self.post("/otp/verify/", {"phone_number": new_number(), "otp": "123456"})
        self.assertEqual((status, set(refused)), (404, {"error"}))

    def test_what_cannot_be_read_is_400_with_the_reason(self):
        for path, body in (("/otp/generate/", {}), ("/otp/generate/", {"phone_number": "12"}), ("/otp/verify/", {"otp": "123456"}),
                           ("/otp/verify/", {"phone_number": new_number()})):
            status, refused = self.post(path, body)
            self.assertEqual((status, set(refused)), (400, {"error"}))

    def test_too_many_texts_are_429_with_the_seconds(self):
        number = new_number()
        for _ in range(5):
            self.assertEqual(self.post("/otp/generate/", {"phone_number": number})[0], 200)
        status, refused = self.post("/otp/generate/", {"phone_number": number})
        self.assertEqual((status, refused["success"], refused["error"]), (429, False, "rate_limited"))
        self.assertGreater(refused["retry_after"], 0)


SEND = """
const post = async (path, body) => {
  const answer = await fetch(process.env.URL + path, {
    method: "POST",
    headers: {"Content-Type": "application/json", Authorization: `Bearer ${process.env.KEY}`},
    body: JSON.stringify(body),
  });
  return {ok: answer.ok, retryAfter: answer.headers.get("Retry-After"), ...(await answer.json())};
};
"""


class a_front_end_by_fetch(Clients):
    def run_script(self, script):
        return self.fetch(SEND + script)

    def post(self, path, **body):
        return self.run_script(f"console.log(JSON.stringify(await post({json.dumps(path)}, {json.dumps(body)})));")

    def test_a_form_with_a_purpose_sends_resends_and_verifies(self):
        number = new_number()
        sent = self.post("/send-otp", phone_number=number, purpose="signup")
        self.assertEqual((sent["ok"], sent["success"], sent["status"]), (True, True, "pending"))
        code = self.code_at(number)
        again = self.post("/resend-otp", phone_number=number, purpose="signup")
        self.assertEqual((again["success"], again["otp_id"]), (True, sent["otp_id"]))
        await_that(lambda: len(self.texts(number)) == 2, "the second text")
        self.assertEqual(self.code_at(number), code)
        self.assertFalse(self.post("/verify-otp", phone_number=number, otp_code=code)["verified"])   # of another purpose
        taken = self.post("/verify-otp", phone_number=number, otp_code=code, purpose="signup")
        self.assertEqual((taken["ok"], taken["verified"]), (True, True))

    def test_a_resend_without_a_send_is_a_send(self):
        number = new_number()
        self.assertTrue(self.post("/resend-otp/", phone_number=number)["success"])
        self.assertTrue(self.post("/verify-otp/", phone_number=number, otp=self.code_at(number))["verified"])

    def test_a_pause_is_shown_in_the_body_and_in_the_header(self):
        number = new_number()
        for _ in range(5):
            self.post("/send-otp", phone_number=number)
        late = self.post("/send-otp", phone_number=number)
        self.assertEqual((late["ok"], late["success"], late["error"]), (False, False, "rate_limited"))
        self.assertEqual(str(late["retry_after"]), late["retryAfter"])

    def test_a_field_that_nobody_knows_is_ignored(self):
        number = new_number()
        self.assertTrue(self.post("/send-otp", phone_number=number, otp="1111", generated_otp="1111", colour="red")["success"])
        code = self.code_at(number)
        if code != "111111":
            self.assertFalse(self.post("/verify-otp", phone_number=number, otp="111111", generated_otp="111111", valid=True)["valid"])
        self.assertTrue(self.post("/verify-otp", phone_number=number, otp=code, device="x")["valid"])


if __name__ == "__main__":
    unittest.main()
