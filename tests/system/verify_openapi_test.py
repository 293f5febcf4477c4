#!/usr/bin/python3
"""docs/openapi.yaml is true: every route and error is driven on a running otp-verify, with a worker and the sandbox, and each
answer is held to the description."""
import base64
import hashlib
import hmac
import json
import os
import re
import secrets
import subprocess
import unittest
import urllib.parse
import uuid

import yaml

from jobs import HASH_KEYS, digits, new_number
from programs import ROOT, await_that, need
from stack import StackTest
from openapi_spec import Spec
from verify_service import Gate, Verify, database_url

TEST_NUMBER = "+14155550199"
CALLBACK = "https://otp.example"
SECRET = "s" * 40
BIG = b"x" * (64 * 1024 + 1)
LARGE = b"x" * (16 * 1024 + 1)
FORM = {"Content-Type": "application/x-www-form-urlencoded"}
TWILIO = "/webhooks/twilio/{request_id}/{attempt}"
VERIFICATION = "/v1/verifications/{id}"
OLDER_SENDS = ["/send-otp", "/resend-otp", "/api/v1/messaging/send-otp/", "/otp/generate/"]
OLDER_CHECKS = ["/verify-otp", "/api/v1/messaging/verify-otp/", "/otp/verify/"]
PAGES = ["/docs", "/redoc", "/openapi.json", "/docs/swagger-ui.css", "/docs/redoc.standalone.js"]

# Described, and not driven here.
NOT_DRIVEN = {
    # Only where otp-verify does not listen on loopback, which a test does not do.
    ("GET", "/metrics", "401"), ("GET", "/metrics", "403"), ("GET", "/metrics", "503"),
    # 20 seconds without a worker; verify_older_clients_test.py waits for it.
    ("GET", "/api/v1/messaging/test-twilio/", "504"),
}


class Openapi(StackTest):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.keys = {scope: cls.new_key("acme", scope) for scope in ("send", "check", "read", "admin")}
        cls.key = cls.new_key("acme", "send", "check", "read", "admin")
        cls.verify = cls.start_verify()
        cls.spec = Spec(cls.verify.call("GET", "/openapi.json").json)

    @classmethod
    def start_verify(cls, database=None, broker=None, **settings):
        providers = {k: v for k, v in cls.usual_settings().items() if k.startswith(("TWILIO_", "GUPSHUP_"))}
        devices = "d1:" + secrets.token_hex(32)
        given = {**providers, "OTP_HASH_KEYS": HASH_KEYS, "OTP_RESEND_SECONDS": "0", "TEST_PHONE_NUMBER": TEST_NUMBER,
                 "OTP_CALLBACK_URL": CALLBACK, "GUPSHUP_WEBHOOK_SECRET": SECRET, "OTP_DEVICE_KEYS": devices,
                 "OTP_PROOF_KEYS": need("OTP_PROOF_KEYS"), **settings}
        given = {name: value for name, value in given.items() if value is not None}
        verify = Verify(database or cls.database, broker or cls.broker.url, **given)
        cls.addClassCleanup(verify.kill)
        return verify

    @classmethod
    def new_key(cls, tenant, *scopes):
        key = secrets.token_urlsafe(24)
        cls.database.rows("select otp.create_api_key(%s, %s, %s)", hashlib.sha256(key.encode()).digest(), tenant, list(scopes))
        return key

    def ask(self, method, path, body=None, expect=None, verify=None, key=None, headers=None):
        """Calls, holds the answer to the description, and to the status that the caller expects."""
        answer = (verify or self.verify).call(method, path, body, self.key if key is None else key, headers or {})
        self.spec.check(method, path, answer)
        if expect is not None:
            self.assertEqual(answer.status, expect, (method, path, answer.text))
        return answer

    def send(self, number=None, expect=202, verify=None, **fields):
        return self.ask("POST", "/v1/verifications", {"to": number or new_number(), **fields}, expect, verify).json

    def code(self, sent, number):
        """What was texted, once it is on record as sent."""
        self.await_status(sent, "sent", "delivered")
        return digits(self.texts(number)[-1]["text"])

    def wrong(self, code):
        return "%0*d" % (len(code), (int(code) + 1) % 10 ** len(code))

    def filled(self, path):
        ids = {"id": str(uuid.uuid4()), "request_id": str(uuid.uuid4()), "attempt": "1", "secret": SECRET, "asset": "swagger.js"}
        return path.format(**ids)

    def keyed(self):
        """(method, path, scope) of the operations that need a key."""
        for (method, path), operation in self.spec.operations().items():
            scope = re.search(r"Needs scope `(\w+)`", operation.get("description", ""))
            if "security" not in operation:
                self.assertTrue(scope, f"{method} {path} does not say which scope it needs")
                yield method, path, scope.group(1)

    # The description itself.

    def test_00_it_is_served_as_it_is_written(self):
        with open(os.path.join(ROOT, "docs", "openapi.yaml"), encoding="utf-8") as file:
            written = json.loads(json.dumps(yaml.safe_load(file)))
        self.assertEqual(self.verify.call("GET", "/openapi.json").json, written)

    def test_01_its_paths_are_the_routes_of_the_program(self):
        with open(os.path.join(ROOT, "verify", "routes.cpp"), encoding="utf-8") as file:
            routed = re.findall(r'\{"(GET|POST|PUT|PATCH|DELETE)", "(/[^"]*)"', file.read())
        self.assertGreater(len(routed), 20)
        described = {(method, path.rstrip("/")) for method, path in self.spec.operations()}
        self.assertEqual({(method, path.rstrip("/")) for method, path in routed}, described)

    def test_02_its_examples_keep_to_their_schemas(self):
        count = 0
        for where, schema, value in self.spec.examples():
            with self.subTest(where):
                self.assertEqual(self.spec.problems(schema, value), [])
            count += 1
        self.assertGreater(count, 40)

    # Who may call, and what HTTP refuses.

    def test_10_no_key_an_unknown_one_and_one_without_the_scope(self):
        for method, path, scope in self.keyed():
            body = {} if method == "POST" else None
            self.ask(method, self.filled(path), body, 401, key="")
            self.ask(method, self.filled(path), body, 401, key="unknown")
            other = next(key for name, key in self.keys.items() if name != scope)
            self.ask(method, self.filled(path), body, 403, key=other)

    def test_11_large_bodies_and_other_methods(self):
        for (method, path), operation in self.spec.operations().items():
            if "413" in operation["responses"] and method == "POST":
                self.ask(method, self.filled(path), BIG if path.startswith("/webhooks") else LARGE, 413)
            elif "413" in operation["responses"]:
                self.spec.seen.add((method, path, "413"))  # a GET whose body nobody sends
            self.ask("PATCH", self.filled(path), {}, 405)
        for path in (*PAGES, "/livez", "/health", "/metrics", "/.well-known/jwks.json"):
            self.ask("HEAD", path, expect=200)

    def test_12_bodies_that_are_none(self):
        for path in ("/v1/verifications", "/v1/check", VERIFICATION + "/check", VERIFICATION + "/resend", *OLDER_SENDS, *OLDER_CHECKS):
            for body in (b"{", b"[]", b"\xff", b'{"to":1}', {"to": "+14155"}, {"nosuch": 1, "to": "+14155550100", "code": "123456"}):
                answer = self.ask("POST", self.filled(path), body)
                known = {400, 404, 410, 200} if path not in ("/v1/verifications", "/v1/check") else {400}
                self.assertIn(answer.status, known, (path, body))

    # Codes.

    def test_20_a_code_is_sent_checked_and_used_once(self):
        number = new_number()
        sent = self.send(number, purpose="login", user="u-1842", client_ip="203.0.113.9", variables={"app": "Acme"}, locale="en-GB")
        code, path = self.code(sent, number), f"/v1/verifications/{sent['id']}/check"
        self.ask("POST", path, {"code": self.wrong(code)}, 200)
        right = self.ask("POST", path, {"code": code}, 200).json
        self.assertLessEqual({"proof", "device_token", "verified_at"}, set(right))
        self.assertEqual(self.ask("POST", path, {"code": code}, 410).json["code"], "already_used")
        self.ask("POST", f"/v1/verifications/{sent['id']}/resend", expect=410)
        self.ask("DELETE", f"/v1/verifications/{sent['id']}", expect=410)
        self.ask("GET", f"/v1/verifications/{sent['id']}", expect=200)
        again = self.send(number, purpose="login")
        body = {"to": number, "code": self.code(again, number), "purpose": "login", "device_token": right["device_token"]}
        self.ask("POST", "/v1/check", body, 200)
        self.ask("POST", "/v1/check", body)       # 404 or 410, as described

    def test_21_wrong_codes_close_a_verification(self):
        for path_of in (lambda id: f"/v1/verifications/{id}/check", lambda id: "/v1/check"):
            number = new_number()
            sent = self.send(number)
            wrong = {"code": self.wrong(self.code(sent, number))}
            path = path_of(sent["id"])
            if path == "/v1/check":
                wrong["to"] = number
            for expect in (200, 200, 200, 429):
                self.ask("POST", path, wrong, expect)
            for _ in range(2):
                self.database.rows("update otp.verification set next_check_at = null where id = %s", sent["id"])
                answer = self.ask("POST", path, wrong, 200).json
            self.assertEqual(answer["status"], "max_attempts_reached")
            self.assertEqual(self.ask("POST", path, wrong, 410).json["code"], "max_attempts_reached")

    def test_22_what_is_not_there(self):
        for method, path in (("GET", ""), ("DELETE", ""), ("POST", "/resend"), ("POST", "/check")):
            for id in (str(uuid.uuid4()), "42"):
                self.ask(method, f"/v1/verifications/{id}{path}", {"code": "123456"} if path == "/check" else None, 404)
        self.ask("POST", "/v1/check", {"to": new_number(), "code": "123456"}, 404)
        self.ask("GET", "/docs/nosuch.js", expect=404)
        self.ask("GET", "/docs/openapi.json", expect=404)

    def test_23_a_resend_a_cancel_and_a_repeat(self):
        sent = self.send()
        path = f"/v1/verifications/{sent['id']}"
        again = self.ask("POST", path + "/resend", {}, 202).json
        self.assertEqual((again["id"], again["request_id"] != sent["request_id"]), (sent["id"], True))
        self.ask("POST", path + "/resend", expect=202, headers={"Idempotency-Key": again["request_id"]})
        self.ask("POST", path + "/resend", {"channel": "fax"}, 400)
        self.ask("POST", path + "/resend", {"request_id": self.send()["request_id"]}, 409)
        self.ask("DELETE", path, expect=200)
        self.ask("DELETE", path, expect=200)
        self.ask("POST", path + "/resend", expect=410)
        for body in ({"to": new_number(), "request_id": sent["request_id"]},):
            self.ask("POST", "/v1/verifications", body, 409)

    def test_24_pauses_and_limits_of_sends(self):
        patient = self.start_verify(OTP_RESEND_SECONDS="30")
        number = new_number()
        sent = self.send(number, verify=patient)
        self.await_status(sent, "sent", "delivered")  # the pause counts from the attempt, which is begun after the answer
        self.ask("POST", "/v1/verifications", {"to": number}, 429, patient)
        self.ask("POST", f"/v1/verifications/{sent['id']}/resend", None, 429, patient)
        for path in OLDER_SENDS:
            self.ask("POST", path, {"phone_number": number}, 429, patient)
        self.ask("GET", "/api/v1/messaging/test-twilio/", None, 200, patient)
        self.ask("GET", "/api/v1/messaging/test-twilio/", None, 429, patient)
        number = new_number()
        for expect in (202,) * 5 + (429,):
            answer = self.ask("POST", "/v1/verifications", {"to": number}, expect).json
        self.assertEqual((answer["code"], answer["rule"]), ("rate_limited", "limit_number"))

        strict = self.start_verify(OTP_COUNTRIES="DE")
        answer = self.ask("POST", "/v1/verifications", {"to": new_number()}, 403, strict).json
        self.assertEqual((answer["code"], answer["rule"]), ("country_not_allowed",) * 2)
        for path in OLDER_SENDS:
            self.ask("POST", path, {"phone_number": new_number()}, 400, strict)

    def test_25_deliveries_are_listed(self):
        number = new_number()
        for _ in range(2):
            self.await_status(self.send(number, user="u-7", purpose="login"), "sent", "delivered")
        first = self.ask("GET", "/v1/deliveries?limit=1&to=" + urllib.parse.quote(number), expect=200).json
        more = self.ask("GET", f"/v1/deliveries?limit=1&to={urllib.parse.quote(number)}&cursor={first['next_cursor']}", expect=200).json
        self.assertEqual([len(page["items"]) for page in (first, more)], [1, 1])
        every = "status=sent&provider=twilio&purpose=login&user=u-7&created_after=2020-01-01T00:00:00Z&created_before=2100-01-01T00:00:00Z"
        self.assertEqual(len(self.ask("GET", "/v1/deliveries?" + every, expect=200).json["items"]), 2)
        for parameter in self.spec.operations()["GET", "/v1/deliveries"]["parameters"]:
            self.assertIn(parameter["name"] + "=", every + "&limit=&cursor=&to=")
        for query in ("status=x", "limit=0", "nosuch=1", "cursor=x", "to=1", "created_after=x", "limit=1&limit=1"):
            self.ask("GET", "/v1/deliveries?" + query, expect=400)

    # Older clients.

    def test_30_older_clients_send_and_check(self):
        for send, check in zip(OLDER_SENDS, ["/verify-otp", *OLDER_CHECKS]):
            number = new_number()
            id = str(uuid.uuid4())
            self.ask("POST", send, {"phone_number": number, "generated_otp": "1"}, 200, headers={"Idempotency-Key": id})
            self.ask("POST", send, {"phone_number": new_number()}, 409, headers={"Idempotency-Key": id})
            code = self.code({"request_id": id}, number)
            self.ask("POST", check, {"phone_number": number, "otp": self.wrong(code)}, 400)
            self.ask("POST", check.rstrip("/") + "/", {"phone_number": number, "otp": int(code)}, 200)
            self.ask("POST", check, {"phone_number": number, "otp": code}, 400)
            self.ask("POST", check, {"phone_number": new_number(), "otp": code}, 404 if check == "/otp/verify/" else 400)
            for body in ({"phone_number": "12"}, {}):
                self.ask("POST", send, body, 400)
                self.ask("POST", check, body, 400)

    def test_31_older_clients_wait_after_wrong_codes(self):
        for check in OLDER_CHECKS:
            number = new_number()
            wrong = self.wrong(self.code(self.send(number), number))
            for expect in (400, 400, 400, 429):
                self.ask("POST", check, {"phone_number": number, "otp": wrong}, expect)

    def test_32_a_test_text_and_the_debugging_routes(self):
        fails = self.start_verify(TEST_PHONE_NUMBER="+19705550101")
        self.ask("GET", "/api/v1/messaging/test-twilio/", None, 502, fails)
        self.ask("GET", "/api/v1/messaging/test-twilio/", None, 400, self.start_verify(TEST_PHONE_NUMBER=None))
        self.ask("GET", "/debug/whatsapp", expect=200)
        self.ask("GET", "/debug/test-request", expect=200)
        self.ask("GET", "/health", expect=200)

    # Webhooks, health, pages.

    def twilio(self, path, expect, verify=None, is_signed=True):
        fields = {"MessageSid": "SM" + "1" * 32, "MessageStatus": "delivered"}
        signed = CALLBACK + path + "".join(name + value for name, value in sorted(fields.items()))
        digest = hmac.new(self.usual_settings()["TWILIO_AUTH_TOKEN"].encode(), signed.encode(), hashlib.sha1).digest()
        signature = {"X-Twilio-Signature": base64.b64encode(digest).decode()} if is_signed else {}
        self.ask("POST", path, urllib.parse.urlencode(fields).encode(), expect, verify, headers={**FORM, **signature})

    def test_40_receipts(self):
        path = self.filled(TWILIO)
        self.twilio(path, 204)
        self.twilio(path, 403, is_signed=False)
        self.twilio(path[:-1] + "x", 404)
        for method, path in (("POST", "/webhooks/gupshup/"), ("GET", "/webhooks/gupshup-sms/"), ("POST", "/webhooks/gupshup-sms/")):
            self.ask(method, path + SECRET, b"{}" if method == "POST" else None, 200)
            self.ask(method, path + "x" * 40, b"{}" if method == "POST" else None, 404)

    def test_41_health_metrics_keys_and_pages(self):
        for path in ("/livez", "/readyz", "/healthz", "/metrics", "/.well-known/jwks.json", *PAGES):
            self.ask("GET", path, expect=200, key="")
        for path in ("/docs", "/redoc"):
            page = self.verify.call("GET", path)
            self.assertNotIn("'unsafe-inline'", page.headers["Content-Security-Policy"].partition("style-src")[0])
            links = [link for link in re.findall(r'(?:src|href)="([^"]*)"', page.text) if link != "data:,"]
            self.assertGreaterEqual(len(links), 3)
            for link in links:
                self.assertNotIn(":", link)
                self.ask("GET", "/" + link, expect=200)

    def test_44_a_browser_shows_the_pages_and_asks_nobody_else(self):
        look = [os.path.join(ROOT, "tests", "examples", "pages_look.mjs"), "http://%s:%d" % self.verify.address, "/docs", "/redoc"]
        done = subprocess.run(["node", *look], capture_output=True, text=True, timeout=120, env={**os.environ, "no_proxy": "*"})
        self.assertEqual(done.returncode, 0, done.stderr)
        for path, page in json.loads(done.stdout).items():
            self.assertEqual((page["errors"], page["outside"]), ([], []), path)
            self.assertIn("Send a code", page["text"])

    def test_42_without_the_broker(self):
        url = urllib.parse.urlsplit(self.broker.url)
        gate = Gate(url.hostname, url.port)
        self.addCleanup(gate.close)
        through = self.broker.url.replace(f"{url.hostname}:{url.port}", f"127.0.0.1:{gate.port}")
        lonely = self.start_verify(broker=through)
        gate.cut()
        await_that(lambda: lonely.call("GET", "/readyz").status == 503, "not ready")
        for path in ("/readyz", "/healthz"):
            self.ask("GET", path, None, 503, lonely)
        self.ask("POST", "/v1/verifications", {"to": new_number()}, 503, lonely)
        self.ask("POST", "/send-otp", {"to": new_number()}, 503, lonely)

    def test_43_without_the_database(self):
        address = database_url(self.database.name).rpartition("@")[2].partition("/")[0]
        host, _, port = address.rpartition(":")
        gate = Gate(host, int(port))
        self.addCleanup(gate.close)
        through = database_url(self.database.name).replace(address, f"127.0.0.1:{gate.port}")
        lonely = self.start_verify(DATABASE_URL=through)
        gate.cut()
        for (method, path), operation in self.spec.operations().items():
            if "503" not in operation["responses"] or path in ("/metrics", TWILIO):
                continue
            event = {"version": 2, "type": "message-event", "payload": {"id": "x", "gsId": "y", "type": "delivered"}}
            asked = self.filled(path) + ("?externalId=1&status=SUCCESS" if "sms" in path and method == "GET" else "")
            form = FORM if "gupshup-sms" in path else {}
            body = b"externalId=1&status=SUCCESS" if form else event if path.startswith("/webhooks") else {}
            self.ask(method, asked, body if method == "POST" else None, 503, lonely, headers=form)
        self.twilio(self.filled(TWILIO), 503, lonely)

    def test_99_every_described_answer_was_seen(self):
        seen, described = self.spec.seen, self.spec.described()
        print(f"{self.spec.compared} answers of {len(self.spec.operations())} operations compared with docs/openapi.yaml;"
              f" {len(described & seen)} of {len(described)} described answers seen")
        self.assertEqual(described - seen, NOT_DRIVEN)


if __name__ == "__main__":
    unittest.main()
