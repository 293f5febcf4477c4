"""What a worker takes for settings, and how it names every one that is wrong."""

import os
import shutil
import socket
import subprocess
import unittest
import urllib.parse

from jobs import CODE_KEYS
from programs import ROOT, await_that, environment, program
from start_case import CONFIGURATION, USAGE, StartTest


class Settings(StartTest):
    def write(self, name, text):
        path = os.path.join(self.folder, name)
        os.makedirs(os.path.dirname(path), exist_ok=True)
        with open(path, "w", encoding="utf-8") as file:
            file.write(text)
        return path

    def test_every_missing_or_wrong_setting_is_named_at_once(self):
        settings = dict.fromkeys(self.usual_settings(), None)
        settings.update(OTP_CODE_KEYS="c1:1234", OTP_CODE_LENGTH="3", OTP_IN_DOUBT="perhaps", OTP_CONCURRENCY="0")
        code, said = self.fail_to_start(**settings)
        self.assertEqual(code, CONFIGURATION)
        for name in ("AMQP_URL", "DATABASE_URL", "OTP_CODE_KEYS", "OTP_HASH_KEYS", "OTP_CODE_LENGTH", "OTP_IN_DOUBT",
                     "OTP_CONCURRENCY", "TWILIO_ACCOUNT_SID"):
            with self.subTest(name=name):
                self.assertIn(name, said)
        self.assertNotIn("1234", said)

    def test_broken_urls_are_named_without_their_passwords(self):
        code, said = self.fail_to_start(AMQP_URL="http://otp:hidden-one@127.0.0.1/x")
        self.assertEqual(code, CONFIGURATION)
        self.assertIn("AMQP_URL", said)
        self.assertNotIn("hidden-one", said)

    def test_a_provider_that_is_listed_must_be_configured(self):
        code, said = self.fail_to_start(OTP_SMS_PROVIDERS="twilio,gupshup", GUPSHUP_SMS_USERID=None, GUPSHUP_SMS_PASSWORD=None)
        self.assertEqual(code, CONFIGURATION)
        self.assertIn("OTP_SMS_PROVIDERS", said)
        self.assertIn("gupshup", said)

    def test_an_unknown_flag_is_wrong_usage_and_the_nearest_is_named(self):
        code, said = self.fail_to_start("--amqp-ulr", "x")
        self.assertEqual(code, USAGE)
        self.assertIn("--amqp-ulr", said)
        self.assertIn("--amqp-url", said)

    def test_an_unknown_key_of_the_file_is_named_with_the_nearest(self):
        path = self.write("typo.toml", "otp_concurency = 5\n")
        code, said = self.fail_to_start("--config", path)
        self.assertEqual(code, CONFIGURATION)
        self.assertIn("otp_concurency", said)
        self.assertIn("otp_concurrency", said)

    def test_a_file_that_cannot_be_read_is_named_once(self):
        code, said = self.fail_to_start("--config", "/nowhere/otp.toml")
        self.assertEqual(code, CONFIGURATION)
        self.assertEqual(said.count("/nowhere/otp.toml"), 1, said)

    def test_a_file_that_cannot_be_read_is_the_only_fault(self):
        code, said = self.fail_to_start("--config", "/nowhere/otp.toml", AMQP_URL=None, TWILIO_ACCOUNT_SID=None)
        self.assertEqual(code, CONFIGURATION)
        self.assertEqual(said.strip(), "otp-worker: /nowhere/otp.toml: cannot be read")

    def test_check_config_tells_the_settings_and_no_secret(self):
        given = self.usual_settings()
        done = subprocess.run(
            [program("otp-worker"), "--check-config", "--otp-concurrency", "7"],
            env=environment(given), cwd=ROOT, capture_output=True, timeout=30, text=True,
        )
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertRegex(done.stdout.lower(), r"otp_concurrency\W+7")
        self.assertIn("limits.number.per_10_minutes = ", done.stdout)
        self.assertIn("abuse.country.mode = ", done.stdout)
        passwords = [urllib.parse.urlsplit(given[name]).password for name in ("AMQP_URL", "DATABASE_URL")]
        keys = [given[name].split(":")[1] for name in ("OTP_CODE_KEYS", "OTP_HASH_KEYS")]
        tokens = [given[name] for name in ("TWILIO_AUTH_TOKEN", "GUPSHUP_API_KEY", "GUPSHUP_SMS_PASSWORD")]
        for secret in passwords + keys + tokens:
            self.assertNotIn(secret, done.stdout + done.stderr)

    def test_secrets_may_lie_in_files_and_flags_win_over_the_environment_over_the_file(self):
        keys = self.write("keys", CODE_KEYS + "\n")
        config = self.write("order.toml", 'otp_concurrency = 5\notp_app_name = "File"\n')
        worker = self.start("--config", config, "--otp-queue", "otp.flagged", OTP_CODE_KEYS=None, OTP_CODE_KEYS_FILE=keys,
                            OTP_APP_NAME="Environment")
        await_that(worker.is_ready, "the worker is ready")
        job = self.job()
        self.broker.publish(job, routing_key="otp.flagged")
        self.await_status(job, "sent")
        self.assertIn("is your Environment code", self.texts(job["to"])[0]["text"])
        self.assertEqual(worker.stop(), 0)

    def test_a_broken_template_is_named_by_file_line_and_reason(self):
        templates = os.path.join(self.folder, "templates")
        shutil.copytree(os.path.join(ROOT, "templates"), templates)
        self.write("templates/promo/en.txt", "default: yes\n\nYour code, without one.\n")
        self.write("templates/promo/de.txt", "nonsense: yes\n\n{code} {nosuch}\n")
        code, said = self.fail_to_start(OTP_TEMPLATES=templates)
        self.assertEqual(code, CONFIGURATION)
        self.assertRegex(said, r"promo/en\.txt:\d+: .*\{code\}")
        self.assertRegex(said, r"promo/de\.txt:1: unknown key")
        code, said = self.fail_to_start(OTP_TEMPLATES=os.path.join(self.folder, "nowhere"))
        self.assertEqual(code, CONFIGURATION)
        self.assertIn("nowhere", said)
        code, checked = self.fail_to_start("--check-config", OTP_TEMPLATES=os.path.join(self.folder, "nowhere"))
        self.assertEqual((code, checked), (CONFIGURATION, said))

    def test_limits_in_two_files_are_a_fault_that_names_both(self):
        own, shared = self.write("limits.toml", "[limits.number]\nper_day = 7\n"), self.write("otp.toml", "[limits.number]\nper_day = 8\n")
        for more in ((), ("--check-config",)):
            code, said = self.fail_to_start("--config", shared, *more, OTP_LIMITS=own)
            self.assertEqual(code, CONFIGURATION)
            self.assertIn("limits stand in two files: " + own, said)
            self.assertIn(shared, said)

    def test_an_address_that_is_taken_or_none_is_named(self):
        with socket.socket() as other:
            other.bind(("127.0.0.1", 0))
            other.listen()
            address = "127.0.0.1:%d" % other.getsockname()[1]
            for listen, word in ((address, "in use"), ("nowhere", "nowhere")):
                with self.subTest(listen=listen):
                    code, said = self.fail_to_start(OTP_WORKER_LISTEN=listen)
                    self.assertEqual(code, CONFIGURATION)
                    self.assertIn("OTP_WORKER_LISTEN", said)
                    self.assertIn(word, said)


if __name__ == "__main__":
    unittest.main()
