#!/usr/bin/python3
"""What otp-verify reads again on SIGHUP: the secrets by which it believes receipts, and the rules of sending; all of it or nothing."""
import json
import unittest

from limits_file import LimitsFile
from sandbox_fixture import TOKEN
from settings_file import SettingsFile
from twilio_receipt import twilio_receipt
from verify_service import World, eventually, new_number

PUBLIC = "https://otp.example.com"
OLD, FIRST, SECOND = "token-of-before", "0123456789abcdef0123456789abcdef", "fedcba9876543210fedcba9876543210"


class Case(unittest.TestCase):
    def setUp(self):
        self.file, self.limits = SettingsFile(), LimitsFile()
        for file in (self.file, self.limits):
            self.addCleanup(file.remove)
        secrets = {name + "_FILE": self.file.put_secret(name, value) for name, value in
                   (("TWILIO_AUTH_TOKEN", OLD), ("TWILIO_AUTH_TOKEN_PREVIOUS", ""), ("GUPSHUP_WEBHOOK_SECRET", FIRST), ("OTP_HASH_KEYS", "h1:" + "a5" * 32))}
        self.world = World(OTP_CALLBACK_URL=PUBLIC, OTP_HASH_KEYS=None, OTP_LIMITS=self.limits.path, **secrets)
        self.addCleanup(self.world.close)
        self.verify = self.world.verify

    def reload(self, event, **secrets):
        seen = len(self.verify.log)
        for name, value in secrets.items():
            self.file.put_secret(name, value)
        self.file.reload_as_it_is(self.verify.process)
        return json.loads(eventually(event, lambda: next((line for line in self.verify.log[seen:] if f'"event":"{event}"' in line), None)))

    def by_twilio(self):
        """Signed by TOKEN: (status, that of the delivery)."""
        job, _ = self.world.db.send(route="twilio/sms")
        self.world.db.finish(job.id, 1, "accepted", message="SM" + job.id, index=True)
        path, body, headers = twilio_receipt(PUBLIC, job.id)
        answer = self.verify.call("POST", path, body, headers=headers)
        return answer.status, self.world.db.delivery(job.id)[0]

    def by_gupshup(self, secret):
        return self.verify.call("POST", "/webhooks/gupshup/" + secret, {}).status


class receipts(Case):
    def test_are_believed_by_the_new_token_and_the_previous_one_after_sighup(self):
        self.assertEqual(self.by_twilio(), (403, "sent"))
        told = self.reload("settings_reloaded", TWILIO_AUTH_TOKEN=TOKEN, TWILIO_AUTH_TOKEN_PREVIOUS=OLD)
        self.assertEqual(told["changed"], "TWILIO_AUTH_TOKEN,TWILIO_AUTH_TOKEN_PREVIOUS")
        self.assertEqual(self.by_twilio(), (204, "delivered"))
        self.reload("settings_reloaded", TWILIO_AUTH_TOKEN="token-of-tomorrow", TWILIO_AUTH_TOKEN_PREVIOUS=TOKEN)
        self.assertEqual(self.by_twilio(), (204, "delivered"))
        self.reload("settings_reloaded", TWILIO_AUTH_TOKEN_PREVIOUS="")
        self.assertEqual(self.by_twilio(), (403, "sent"))
        self.assertNotIn("token-of-", "".join(self.verify.log))

    def test_come_to_the_new_secret_path_and_no_longer_to_the_old_one(self):
        self.assertEqual((self.by_gupshup(FIRST), self.by_gupshup(SECOND)), (200, 404))
        self.reload("settings_reloaded", GUPSHUP_WEBHOOK_SECRET=SECOND)
        self.assertEqual((self.by_gupshup(FIRST), self.by_gupshup(SECOND)), (404, 200))

    def test_are_judged_as_before_where_a_new_secret_is_wrong(self):
        told = self.reload("settings_not_reloaded", TWILIO_AUTH_TOKEN=TOKEN, GUPSHUP_WEBHOOK_SECRET="short")
        self.assertIn("GUPSHUP_WEBHOOK_SECRET must be at least 32 characters", told["fault"])
        self.assertEqual((self.by_twilio(), self.by_gupshup(FIRST), self.by_gupshup("short")), ((403, "sent"), 200, 404))

    def test_do_not_wait_for_what_takes_effect_at_the_next_start(self):
        told = self.reload("settings_not_live", OTP_HASH_KEYS="h9:" + "5a" * 32, TWILIO_AUTH_TOKEN=TOKEN)
        self.assertEqual(told["settings"], "OTP_HASH_KEYS")
        self.assertEqual(self.by_twilio(), (204, "delivered"))


class a_reload(Case):
    def two_texts_to_a_number(self):
        number = new_number()
        return [self.world.post("/v1/verifications", {"to": number, "purpose": purpose}).status for purpose in "ab"]

    def test_takes_up_neither_secrets_nor_rules_where_one_of_them_is_wrong(self):
        one_text, nothing_new = "[limits.number]\nper_10_minutes = 1\n", ([202, 202], (403, "sent"))
        self.limits.write(one_text)
        told = self.reload("settings_not_reloaded", TWILIO_AUTH_TOKEN=TOKEN, GUPSHUP_WEBHOOK_SECRET="short")
        self.assertIn("GUPSHUP_WEBHOOK_SECRET", told["fault"])
        self.assertEqual((self.two_texts_to_a_number(), self.by_twilio()), nothing_new)
        self.limits.write(one_text + "per_day = 0\n")
        told = self.reload("settings_not_reloaded", GUPSHUP_WEBHOOK_SECRET=FIRST)
        self.assertIn("limits.number.per_day", told["fault"])
        self.assertEqual((self.two_texts_to_a_number(), self.by_twilio()), nothing_new)
        self.limits.write(one_text)
        self.reload("settings_reloaded")
        self.assertEqual((self.two_texts_to_a_number(), self.by_twilio()), ([202, 429], (204, "delivered")))


if __name__ == "__main__":
    unittest.main()
