#!/usr/bin/python3
"""The secrets by which otp-verify believes receipts, changed while it runs: SIGHUP has it read them again."""
import json
import unittest

from sandbox_fixture import TOKEN
from settings_file import SettingsFile
from twilio_receipt import twilio_receipt
from verify_service import World, eventually

PUBLIC = "https://otp.example.com"
OLD, FIRST, SECOND = "token-of-before", "0123456789abcdef0123456789abcdef", "fedcba9876543210fedcba9876543210"


class receipts(unittest.TestCase):
    def setUp(self):
        self.file = SettingsFile()
        self.addCleanup(self.file.remove)
        secrets = {name + "_FILE": self.file.put_secret(name, value) for name, value in
                   (("TWILIO_AUTH_TOKEN", OLD), ("TWILIO_AUTH_TOKEN_PREVIOUS", ""), ("GUPSHUP_WEBHOOK_SECRET", FIRST), ("OTP_HASH_KEYS", "h1:" + "a5" * 32))}
        self.world = World(OTP_CALLBACK_URL=PUBLIC, OTP_HASH_KEYS=None, **secrets)
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


if __name__ == "__main__":
    unittest.main()
