#!/usr/bin/python3
"""From a job to its receipt: worker, sandbox and otp-verify as processes, and receipts as the sandbox signs and posts them."""
import os
import sys
import unittest
import uuid

from jobs import digits
from programs import ROOT, await_that, free_port
from stack import StackTest
from sandbox_fixture import TOKEN
from verify_service import Verify

sys.path.insert(0, os.path.join(ROOT, "tests", "fault"))
from proxy import Proxy  # noqa: E402

SECRET = "0123456789abcdef0123456789abcdef"


class ReceiptsTest(StackTest):
    verify_settings = {}
    more = {}

    @classmethod
    def setUpClass(cls):
        port = free_port()
        public = f"http://127.0.0.1:{port}"
        cls.sandbox_settings = {"OTP_CALLBACK_URL": public, "GUPSHUP_WEBHOOK_SECRET": SECRET}
        cls.settings = {"OTP_CALLBACK_URL": public, **cls.more}
        super().setUpClass()
        cls.verify = Verify(cls.database, cls.broker.url, OTP_LISTEN=f"127.0.0.1:{port}", OTP_CALLBACK_URL=public, TWILIO_AUTH_TOKEN=TOKEN,
                            GUPSHUP_WEBHOOK_SECRET=SECRET, **cls.verify_settings)
        cls.addClassCleanup(cls.verify.kill)

    def by(self, job):
        """Who texted the number; always the same digits."""
        texts = self.texts(job["to"])
        self.assertEqual(len({digits(text["text"]) for text in texts}), 1, texts)
        return [text["provider"] + "/" + text["channel"] for text in texts]

    def await_told(self, job, *statuses):
        """Each of these outcomes is told, and in the end nothing is left to tell."""
        def told():
            return {e["event"] for e in self.broker.events(job["request_id"])} >= {"delivery." + s for s in statuses}

        await_that(told, f"events {statuses} of {job['request_id']}")
        await_that(lambda: not self.database.rows("select 1 from otp.untold_event where request_id = %s", job["request_id"]), "nothing is left to tell")
        return [e["event"] for e in self.broker.events(job["request_id"])]

    def states(self, job):
        return [a["state"] for a in self.database.attempts(job["request_id"])]


class Receipts(ReceiptsTest):
    def test_a_delivered_text_is_delivered_and_told(self):
        for number in (None, "+19705550118"):
            job = self.send(number)
            self.await_status(job, "sent" if number else "delivered")
            self.assertEqual((self.by(job), self.states(job)), (["twilio/sms"], ["accepted" if number else "delivered"]))
            self.await_told(job, "sent" if number else "delivered")

    def test_what_one_provider_did_not_deliver_goes_by_the_other_with_the_same_code(self):
        for number in ("+19705550115", "+19705550116"):
            job = self.send(number)
            self.await_status(job, "delivered")
            self.assertEqual(self.by(job), ["twilio/sms", "gupshup/sms"])
            self.assertEqual(self.states(job), ["undelivered", "delivered"])
            self.assertNotIn("delivery.undelivered", self.await_told(job, "delivered"))

    def test_a_second_failure_is_the_end(self):
        job = self.send("+19735550115")
        row = self.await_status(job, "undelivered")
        self.assertEqual((row["reason"], row["attempts"]), ("005", 2))
        self.assertEqual(self.by(job), ["twilio/sms", "gupshup/sms"])
        self.await_told(job, "undelivered")
        self.await_nothing_left()

    def test_a_failure_of_the_channel_goes_by_another_channel(self):
        job = self.send("+19705550105", channel=["whatsapp", "sms"])
        self.await_status(job, "delivered")
        self.assertEqual(self.by(job), ["twilio/whatsapp", "gupshup/sms"])

    def test_a_used_code_is_not_sent_again(self):
        number = "+19705550117"     # its receipt comes after 50 delays
        job = self.send(number)
        self.await_status(job, "sent")
        self.database.rows("update otp.verification set status = 'approved' where id = %s", self.database.verification(job["request_id"])["id"])
        message = self.texts(number)[0]["message_id"]
        row = self.database.rows("select * from otp.record_receipts('{twilio}', array[%s], '{undelivered}', '{30003}', array[%s::uuid], '{1}', '{null}', '{sms}', "
                                 "'{t}', '{t}', '{null}')", message, job["request_id"])
        self.assertEqual(row[0]["status"], "undelivered")
        # Nobody published that one: as if its otp-verify had died right after the commit.
        self.await_told(job, "undelivered")
        self.assertEqual(self.by(job), ["twilio/sms"])

    def test_a_doubt_is_settled_by_its_receipt_and_no_second_text_goes_out(self):
        jobs = [self.send(number) for number in ("+19705550112", "+19705550113", "+19705550114", "+19705550110")]
        for job in jobs:
            row = self.await_status(job, "delivered")
            self.assertEqual((row["attempts"], self.by(job), self.states(job)), (1, ["twilio/sms"], ["delivered"]))
        self.await_nothing_left()
        for job in jobs:
            self.assertEqual(self.by(job), ["twilio/sms"])

    def test_receipts_are_those_of_the_tenant_and_purpose_that_sent(self):
        job = self.send(purpose="payment", user="u-7")
        self.await_status(job, "delivered")
        self.await_told(job, "delivered")
        [event] = [e for e in self.broker.events(job["request_id"]) if e["event"] == "delivery.delivered"]
        self.assertEqual((event["tenant"], event["purpose"], event["user"], event["channel"]), (job["tenant"], "payment", "u-7", "sms"))
        self.assertEqual(str(uuid.UUID(event["verification_id"])), self.database.verification(job["request_id"])["id"])


class GupshupFirst(ReceiptsTest):
    more = {"OTP_SMS_PROVIDERS": "gupshup,twilio"}

    def test_a_lost_answer_is_settled_by_the_number_in_its_report(self):
        jobs = [self.send(number) for number in ("+19725550112", "+19725550113", "+19725550110")]
        for job in jobs:
            row = self.await_status(job, "delivered")
            self.assertEqual((row["attempts"], self.by(job), self.states(job)), (1, ["gupshup/sms"], ["delivered"]))
        self.await_nothing_left()
        for job in jobs:
            self.assertEqual(self.by(job), ["gupshup/sms"])

    def test_a_blocked_number_is_not_texted_by_another(self):
        job = self.send("+19725550102")
        self.await_status(job, "undelivered")
        self.assertEqual((self.by(job), self.states(job)), (["gupshup/sms"], ["undelivered"]))
        self.await_told(job, "undelivered")


class SwitchedOff(ReceiptsTest):
    verify_settings = {"OTP_RECEIPT_FAILOVER": "off"}

    def test_nothing_follows_a_failed_receipt(self):
        job = self.send("+19705550115")
        row = self.await_status(job, "undelivered")
        self.assertEqual((row["reason"], row["attempts"], self.by(job)), ("30003", 1, ["twilio/sms"]))


class SlowAnswers(ReceiptsTest):
    @classmethod
    def usual_settings(cls):
        usual = super().usual_settings()
        if not hasattr(cls, "proxy"):
            cls.proxy = Proxy(*cls.sandbox.addresses[0].rsplit(":", 1))
            cls.addClassCleanup(cls.proxy.stop)
            cls.proxy.delay(1.5)
        usual["TWILIO_API_URL"] = "http://" + cls.proxy.address
        return usual

    def test_a_receipt_before_the_answer_counts(self):
        good, bad = self.send(), self.send("+19705550115")

        def started():
            return [a for a in self.database.attempts(good["request_id"]) if a["state"] == "delivered" and a["http_status"] is None]

        await_that(started, "a receipt before the answer")
        self.await_status(good, "delivered")
        self.assertEqual((self.by(good), self.await_told(good, "delivered").count("delivery.sent")), (["twilio/sms"], 0))
        self.await_status(bad, "delivered")
        self.assertEqual((self.by(bad), self.states(bad)), (["twilio/sms", "gupshup/sms"], ["undelivered", "delivered"]))
        self.await_nothing_left()


if __name__ == "__main__":
    unittest.main()
