"""The program itself: its settings, exit codes, listeners, inbox and page."""

import http.client
import json
import os
import re
import ssl
import subprocess
import tempfile
import time
import unittest

from sandbox_fixture import PATIENCE, SETTINGS, TOKEN, Sandbox, SandboxTest, environment, program, wait_until


def run(*arguments, **settings):
    given = {name: value for name, value in dict(SETTINGS, **settings).items() if value is not None}
    return subprocess.run(
        [program(), *arguments], env=environment(given), capture_output=True, text=True, timeout=PATIENCE)


class CommandLine(unittest.TestCase):
    def test_help_names_every_setting_and_warns(self):
        done = run("--help")
        self.assertEqual(done.returncode, 0)
        for name in ("SANDBOX_LISTEN", "SANDBOX_TLS_LISTEN", "SANDBOX_LATENCY_MS", "SANDBOX_FAILURE_RATE",
                     "SANDBOX_DOUBT_RATE", "SANDBOX_RECEIPT_DELAY_MS", "SANDBOX_INBOX", "TWILIO_AUTH_TOKEN"):
            self.assertIn(name, done.stdout)
        self.assertIn("loopback", done.stdout)

    def test_version(self):
        self.assertRegex(run("--version").stdout, r"^otp-sandbox \d+\.\d+\.\d+")

    def test_check_config_shows_no_secret(self):
        done = run("--check-config", GUPSHUP_WEBHOOK_SECRET="s" * 32)
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertIn("SANDBOX_INBOX = 100000", done.stdout)
        for name in ("TWILIO_AUTH_TOKEN", "TWILIO_API_SECRET", "GUPSHUP_API_KEY", "GUPSHUP_SMS_PASSWORD"):
            self.assertNotIn(SETTINGS[name], done.stdout)
        self.assertNotIn("s" * 32, done.stdout)

    def test_an_unknown_flag_is_64(self):
        done = run("--sandbox-listn", "127.0.0.1:0")
        self.assertEqual(done.returncode, 64)
        self.assertIn("--sandbox-listen", done.stderr)

    def test_a_flag_goes_before_the_environment(self):
        done = run("--check-config", "--sandbox-inbox", "7", SANDBOX_INBOX="9")
        self.assertIn("SANDBOX_INBOX = 7", done.stdout)

    def test_a_file_is_read(self):
        with tempfile.NamedTemporaryFile("w", suffix=".toml") as file:
            file.write("sandbox_inbox = 11\n")
            file.flush()
            self.assertIn("SANDBOX_INBOX = 11", run("--check-config", "--config", file.name).stdout)

    def bad(self, word, **settings):
        done = run(**settings)
        self.assertEqual(done.returncode, 78, done.stderr)
        self.assertIn(word, done.stderr)

    def test_without_any_provider_it_does_not_start(self):
        self.bad("TWILIO_ACCOUNT_SID", **{name: None for name in SETTINGS if not name.startswith("SANDBOX")})

    def test_half_of_a_pair_is_named(self):
        self.bad("TWILIO_AUTH_TOKEN", TWILIO_AUTH_TOKEN=None)
        self.bad("TWILIO_API_SECRET", TWILIO_API_SECRET=None)
        self.bad("GUPSHUP_SMS_PASSWORD", GUPSHUP_SMS_PASSWORD=None)

    def test_values_out_of_range_are_named(self):
        self.bad("SANDBOX_FAILURE_RATE", SANDBOX_FAILURE_RATE="1.1")
        self.bad("SANDBOX_DOUBT_RATE", SANDBOX_DOUBT_RATE="some")
        self.bad("SANDBOX_LATENCY_MS", SANDBOX_LATENCY_MS="-1")
        self.bad("SANDBOX_INBOX", SANDBOX_LISTEN="nowhere", SANDBOX_INBOX="0")
        self.bad("SANDBOX_LISTEN", SANDBOX_LISTEN="nowhere", SANDBOX_INBOX="0")
        self.bad("SANDBOX_TLS_LISTEN", SANDBOX_TLS_LISTEN="127.0.0.1")
        self.bad("SANDBOX_INBOX", SANDBOX_INBOX="0")
        self.bad("TWILIO_ACCOUNT_SID", TWILIO_ACCOUNT_SID="AC1")
        self.bad("SANDBOX_GUPSHUP_WEBHOOK_URL", SANDBOX_GUPSHUP_WEBHOOK_URL="nowhere")

    def test_https_needs_certificate_and_key(self):
        self.bad("SANDBOX_TLS_CERT_FILE", SANDBOX_TLS_LISTEN="127.0.0.1:0")
        self.bad("SANDBOX_TLS_KEY_FILE", SANDBOX_TLS_LISTEN="127.0.0.1:0", SANDBOX_TLS_KEY_FILE="/nowhere.key")

    def test_a_ca_file_without_a_certificate_is_named(self):
        self.bad("/dev/null", OTP_CA_FILE="/dev/null")
        self.bad("OTP_CA_FILE", OTP_CA_FILE="/nowhere.pem")

    def test_an_address_that_is_taken_is_78_and_named(self):
        first = Sandbox()
        self.addCleanup(first.stop)
        self.bad(first.addresses[0], SANDBOX_LISTEN=first.addresses[0])

    def test_it_ends_by_sigterm_with_0_even_while_a_caller_waits(self):
        sandbox = Sandbox()
        with self.assertRaises(TimeoutError):
            sandbox.twilio(To="+19705550109", timeout=0.1)
        self.assertEqual(sandbox.stop(), 0)


class ProvidersNotPlayed(unittest.TestCase):
    def test_refuse_everything_and_say_what_is_missing(self):
        sandbox = Sandbox(TWILIO_ACCOUNT_SID=None, TWILIO_AUTH_TOKEN=None, TWILIO_API_KEY=None, TWILIO_API_SECRET=None)
        self.addCleanup(sandbox.stop)
        self.assertEqual(sandbox.twilio().status, 401)
        self.assertIn("TWILIO_ACCOUNT_SID", sandbox.twilio().json()["message"])
        self.assertEqual(sandbox.whatsapp().status, 202)
        other = Sandbox(GUPSHUP_API_KEY=None, GUPSHUP_SMS_USERID=None, GUPSHUP_SMS_PASSWORD=None)
        self.addCleanup(other.stop)
        self.assertEqual(other.whatsapp().status, 401)
        self.assertEqual(other.gateway().json()["response"]["id"], "103")

    def test_take_any_sender_that_is_not_given(self):
        sandbox = Sandbox(**{name: None for name in SETTINGS if name in (
            "TWILIO_PHONE_NUMBER", "TWILIO_CONTENT_SID", "GUPSHUP_SOURCE", "GUPSHUP_SRC_NAME",
            "GUPSHUP_TEMPLATE_ID", "GUPSHUP_SMS_MASK")})
        self.addCleanup(sandbox.stop)
        self.assertEqual(sandbox.twilio(From="+14155550199").status, 201)
        self.assertEqual(sandbox.whatsapp(source="15005550009", src_name="Any").status, 202)
        self.assertEqual(sandbox.gateway(mask="OTHERS").json()["response"]["status"], "success")


class Weather(unittest.TestCase):
    def start(self, **settings):
        sandbox = Sandbox(**settings)
        self.addCleanup(sandbox.stop)
        return sandbox

    def test_latency_holds_back_every_send(self):
        sandbox = self.start(SANDBOX_LATENCY_MS="120")
        for send in (sandbox.twilio, sandbox.whatsapp, sandbox.gateway):
            begun = time.monotonic()
            self.assertLess(send().status, 300)
            self.assertGreaterEqual(time.monotonic() - begun, 0.12)

    def test_failures_make_nothing(self):
        sandbox = self.start(SANDBOX_FAILURE_RATE="1")
        self.assertEqual((sandbox.twilio().status, sandbox.twilio().json()["code"]), (500, 20500))
        self.assertEqual((sandbox.whatsapp().status, sandbox.whatsapp().json()["status"]), (500, "error"))
        self.assertEqual(sandbox.gateway().status, 500)
        self.assertEqual(sandbox.inbox(), [])

    def test_a_failure_rate_is_a_share(self):
        sandbox = self.start(SANDBOX_FAILURE_RATE="0.5")
        failed = sum(sandbox.gateway().status == 500 for _ in range(200))
        self.assertTrue(40 < failed < 160, failed)

    def test_doubt_makes_the_message_and_cuts_the_answer_by_turns(self):
        sandbox = self.start(SANDBOX_DOUBT_RATE="1")
        ends = []
        for _ in range(4):
            with self.assertRaises((http.client.RemoteDisconnected, http.client.IncompleteRead)) as caught:
                sandbox.twilio()
            ends.append(type(caught.exception).__name__)
        self.assertEqual(len(set(ends)), 2, ends)
        self.assertEqual(len(sandbox.inbox()), 4)

    def test_doubt_never_hides_a_refusal(self):
        self.assertEqual(self.start(SANDBOX_DOUBT_RATE="1").twilio(To=None).json()["code"], 21604)


class Inbox(SandboxTest):
    settings = {"SANDBOX_INBOX": "50"}

    def test_holds_what_was_sent_newest_first(self):
        self.sandbox.twilio(To="+14155550161", Body="first")
        self.sandbox.twilio(To="+14155550161", Body="second")
        entries = self.sandbox.inbox(to="+14155550161")
        self.assertEqual([entry["text"] for entry in entries], ["second", "first"])
        self.assertEqual(
            sorted(entries[0]), ["at", "channel", "from", "message_id", "provider", "status", "text", "to"])
        self.assertRegex(entries[0]["at"], r"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$")

    def test_takes_the_number_in_any_form(self):
        self.sandbox.whatsapp(destination="14155550162")
        for to in ("%2B14155550162", "+14155550162", "14155550162", "whatsapp:%2B14155550162"):
            self.assertEqual(len(self.sandbox.ask("GET", "/inbox?to=" + to).json()), 1, to)
        self.assertEqual(self.sandbox.inbox(to="+14155550163"), [])

    def test_pages_by_limit_and_after(self):
        ids = [self.sandbox.twilio(To="+14155550164").json()["sid"] for _ in range(4)]
        answer = self.sandbox.ask("GET", "/inbox?to=14155550164&limit=2")
        self.assertEqual([entry["message_id"] for entry in answer.json()], ids[:1:-1])
        self.assertEqual(answer.headers["X-Total-Count"], "4")
        answer = self.sandbox.ask("GET", "/inbox?to=14155550164&after=" + ids[1])
        self.assertEqual([entry["message_id"] for entry in answer.json()], ids[:1:-1])
        self.assertEqual(answer.headers["X-Total-Count"], "2")
        self.assertEqual(self.sandbox.inbox(to="+14155550164", after=ids[3]), [])
        answer = self.sandbox.ask("GET", "/inbox?to=14155550164&after=&limit=")
        self.assertEqual([entry["message_id"] for entry in answer.json()], ids[::-1])

    def test_keeps_the_last_ones_only(self):
        first = self.sandbox.twilio(To="+14155550165").json()
        for _ in range(50):
            self.sandbox.gateway()
        answer = self.sandbox.ask("GET", "/inbox")
        self.assertEqual((len(answer.json()), answer.headers["X-Total-Count"]), (50, "50"))
        self.assertEqual(self.sandbox.inbox(to="+14155550165"), [])
        self.assertEqual(len(self.sandbox.inbox(after=first["sid"])), 50)

    def test_shows_the_present_state(self):
        self.sandbox.twilio(To="+14155550166")
        wait_until(lambda: self.newest(to="+14155550166")["status"] == "delivered", "delivered")

    def test_refuses_a_query_that_makes_no_sense(self):
        for query in ("limit=x", "limit=-1", "to=nobody", "to=%"):
            answer = self.sandbox.ask("GET", "/inbox?" + query)
            self.assertEqual(answer.status, 400, query)
            self.assertTrue(answer.json()["error"])


class Page(SandboxTest):
    def test_is_one_page_without_outside_parts(self):
        answer = self.sandbox.ask("GET", "/")
        self.assertEqual(answer.status, 200)
        self.assertEqual(answer.headers["Content-Type"], "text/html; charset=utf-8")
        self.assertIn("default-src 'none'", answer.headers["Content-Security-Policy"])
        self.assertIsNone(re.search(r"(src|href)\s*=", answer.text), "it must load nothing")
        self.assertNotIn("//cdn", answer.text)

    def test_updates_itself_and_is_readable_on_a_phone_and_from_right_to_left(self):
        page = self.sandbox.ask("GET", "/").text
        self.assertIn("width=device-width", page)
        self.assertIn("fetch('/inbox?'", page)
        self.assertIn("setTimeout(keepUpdating, 1000)", page)
        self.assertIn("text.dir = 'auto'", page)

    def test_shows_texts_as_text_only(self):
        page = self.sandbox.ask("GET", "/").text
        for dangerous in ("innerHTML", "outerHTML", "insertAdjacentHTML", "document.write", "eval("):
            self.assertNotIn(dangerous, page)


class Https(unittest.TestCase):
    def test_serves_the_same_under_its_certificate(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        key, certificate = os.path.join(folder.name, "key.pem"), os.path.join(folder.name, "cert.pem")
        subprocess.run(
            ["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes",
             "-days", "1", "-subj", "/CN=localhost", "-addext", "subjectAltName=DNS:localhost",
             "-keyout", key, "-out", certificate], check=True, capture_output=True)
        sandbox = Sandbox(
            listeners=2, SANDBOX_TLS_LISTEN="127.0.0.1:0", SANDBOX_TLS_CERT_FILE=certificate, SANDBOX_TLS_KEY_FILE=key)
        self.addCleanup(sandbox.stop)
        sandbox.twilio(To="+14155550171")
        connection = http.client.HTTPSConnection(
            "localhost", int(sandbox.addresses[1].rsplit(":", 1)[1]), timeout=PATIENCE,
            context=ssl.create_default_context(cafile=certificate))
        self.addCleanup(connection.close)
        connection.request("GET", "/inbox?to=14155550171")
        self.assertEqual(len(json.loads(connection.getresponse().read())), 1)


class Credentials(SandboxTest):
    def test_and_codes_are_never_logged(self):
        self.sandbox.twilio()
        self.sandbox.whatsapp()
        self.sandbox.gateway(password="wrong")
        self.sandbox.stop()
        log = "".join(self.sandbox.log)
        for hidden in ("482913", TOKEN, SETTINGS["GUPSHUP_API_KEY"], SETTINGS["GUPSHUP_SMS_PASSWORD"], "14155550100"):
            self.assertNotIn(hidden, log)
        self.assertIn("listening", log)


if __name__ == "__main__":
    unittest.main()
