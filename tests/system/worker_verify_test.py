"""Texts by Twilio Verify, which words them and is given our code: what arrives, what follows a refusal or a doubt, and what is done so
that no earlier code is sent in place of ours."""

import unittest

from sandbox_fixture import VERIFY_SERVICE
from jobs import HASH_KEYS, digits, new_number
from programs import await_that
from stack import StackTest
from verify_service import Verify

FIRST_VERIFY = {"TWILIO_VERIFY_SERVICE_SID": VERIFY_SERVICE, "OTP_SMS_PROVIDERS": "twilio_verify,gupshup"}

# Magic numbers of Verify alone: what happens there, whether a text comes all the same, and what is recorded.
DOUBTS = [
    ("+19785550107", "server error", False, "20500"),
    ("+19785550112", "closed, but sent", True, "no_answer"),
    ("+19785550113", "half an answer, but sent", True, "lost_answer"),
    ("+19785550114", "server error, but sent", True, "20500"),
]


class ByVerify(StackTest):
    settings = {**FIRST_VERIFY, "OTP_WHATSAPP_PROVIDERS": "twilio_verify"}

    def steps(self, job):
        return [(a["provider"], a["state"], a["error_code"]) for a in self.database.attempts(job["request_id"])]

    def assert_sent_by_the_other_after(self, job, state, code):
        self.assertEqual(self.await_status(job, "sent")["provider"], "gupshup")
        self.assertEqual(self.steps(job), [("twilio_verify", state, code), ("gupshup", "accepted", None)])
        [text] = self.texts(job["to"])
        self.assertEqual(text["provider"], "gupshup")
        self.assert_code_matches(job)


class Path(ByVerify):
    def test_a_text_carries_our_code_which_otp_verify_takes(self):
        verify = Verify(self.database, self.broker.url, OTP_AUTH="off", OTP_HASH_KEYS=HASH_KEYS)
        self.addCleanup(verify.kill)
        job = self.send(tenant="default", locale="de-AT")
        row = self.await_status(job, "sent")
        self.assertEqual((row["provider"], row["channel"], row["attempts"]), ("twilio_verify", "sms", 1))
        [text] = self.texts(job["to"])
        self.assertEqual((text["provider"], text["channel"]), ("twilio_verify", "sms"))
        [attempt] = self.database.attempts(job["request_id"])
        self.assertEqual((attempt["state"], attempt["http_status"], attempt["segments"]), ("accepted", 201, 1))
        self.assertEqual(attempt["provider_message_id"], text["message_id"])
        self.assertTrue(text["message_id"].startswith("VE"))
        [event] = self.await_events(job)
        self.assertEqual((event["event"], event["provider"]), ("delivery.sent", "twilio_verify"))
        body = {"to": job["to"], "purpose": "login", "code": digits(text["text"])}
        self.assertEqual(verify.call("POST", "/v1/check", body).json["status"], "approved")
        self.assertGreater(self.worker.metric("otp_attempts_total", provider="twilio_verify", channel="sms", end="accepted"), 0)

    def test_whatsapp_goes_by_it_too(self):
        job = self.send(channel="whatsapp")
        self.await_status(job, "sent")
        [text] = self.texts(job["to"])
        self.assertEqual((text["provider"], text["channel"]), ("twilio_verify", "whatsapp"))
        self.assert_code_matches(job)

    def test_a_resend_brings_the_same_code_more_often_than_verify_sends_one_verification(self):
        first = self.send()
        self.await_status(first, "sent")
        for _ in range(4):
            again = self.send(first["to"], tenant=first["tenant"])
            self.await_status(again, "sent")
        texts = self.texts(first["to"])
        self.assertEqual(len(texts), 5)
        self.assertEqual({text["provider"] for text in texts}, {"twilio_verify"})
        self.assertEqual(len({digits(text["text"]) for text in texts}), 1)
        self.assertEqual(len({text["message_id"] for text in texts}), 5)
        self.assert_code_matches(first)
        # A sixth, of another tenant: no pending verification is near its fifth send.
        other = self.send(first["to"])
        self.assertEqual(self.await_status(other, "sent", "failed")["provider"], "twilio_verify")

    def test_a_second_purpose_gets_its_own_code_while_the_first_is_pending_at_verify(self):
        number = new_number()
        login = self.send(number)
        self.await_status(login, "sent")
        payment = self.send(number, purpose="payment", tenant=login["tenant"])
        self.await_status(payment, "sent")
        first, second = self.texts(number)
        self.assertNotEqual(digits(first["text"]), digits(second["text"]))
        for job, text in ((login, first), (payment, second)):
            attempt = self.database.attempts(job["request_id"])[0]
            self.assertEqual((attempt["provider"], attempt["provider_message_id"]), ("twilio_verify", text["message_id"]))


class Refusals(ByVerify):
    def test_a_number_or_a_block_ends_it_without_asking_another(self):
        for last, code in (("01", "60200"), ("02", "60410")):
            job = self.send("+197855501" + last)
            row = self.await_status(job, "failed")
            self.assertEqual((row["reason"], self.steps(job)), (code, [("twilio_verify", "refused", code)]))
            self.assertEqual(self.texts(job["to"]), [])

    def test_what_is_our_fault_or_the_channels_goes_by_the_other(self):
        for last, code in (("04", "60204"), ("05", "60223")):
            self.assert_sent_by_the_other_after(self.send("+197855501" + last), "refused", code)


class SlowDown(ByVerify):
    def test_what_it_has_no_time_for_goes_by_the_other(self):
        self.assert_sent_by_the_other_after(self.send("+19785550106"), "not_sent", "20429")


class Account(ByVerify):
    def test_refused_credentials_open_the_breaker_and_the_other_sends(self):
        self.assert_sent_by_the_other_after(self.send("+19785550103"), "refused", "20003")
        await_that(lambda: self.worker.metric("otp_breaker_open", provider="twilio_verify", channel="sms") == 1, "its breaker opens")


class Unreachable(ByVerify):
    settings = {**ByVerify.settings, "TWILIO_VERIFY_API_URL": "http://127.0.0.1:1"}

    def test_what_could_not_be_prepared_was_not_sent_and_goes_by_the_other_at_once(self):
        self.assert_sent_by_the_other_after(self.send(), "not_sent", "unreachable")


class Doubts(ByVerify):
    def test_what_is_pending_there_was_sent_and_else_the_same_code_goes_by_the_other(self):
        jobs = [self.send(number) for number, *_ in DOUBTS]
        for job, (number, name, is_sent, error) in zip(jobs, DOUBTS):
            with self.subTest(name=name):
                row = self.await_status(job, "sent")
                by = "twilio_verify" if is_sent else "gupshup"
                self.assertEqual((row["provider"], row["attempts"]), (by, 1 if is_sent else 2))
                [text] = self.texts(number)
                self.assertEqual(text["provider"], by)
                self.assert_code_matches(job)
                attempts = self.database.attempts(job["request_id"])
                self.assertEqual([a["state"] for a in attempts], ["accepted"] if is_sent else ["in_doubt", "accepted"])
                self.assertEqual(attempts[-1]["provider_message_id"], text["message_id"])
                doubted = [e for e in self.database.delivery_events(job["request_id"]) if e["kind"] == "in_doubt"]
                self.assertEqual([e["error_code"] for e in doubted], [error])
        self.await_nothing_left()


if __name__ == "__main__":
    unittest.main()
