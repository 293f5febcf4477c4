"""Receipts as Twilio and Gupshup send them, with the signature computed anew here."""

import base64
import hashlib
import hmac
import http.client
import json
import unittest
import urllib.parse

from sandbox_fixture import ACCOUNT, CONTENT, SENDER, SERVICE, TOKEN, Receiver, Sandbox

PROGRESS = ("enqueued", "sent", "delivered", "undelivered", "failed")

def signature(url, body):
    pairs = sorted(set(urllib.parse.parse_qsl(body, keep_blank_values=True, strict_parsing=True)))
    text = url + "".join(name + value for name, value in pairs)
    return base64.b64encode(hmac.new(TOKEN.encode(), text.encode(), hashlib.sha1).digest()).decode()


class ReceiptsTest(unittest.TestCase):
    def setUp(self):
        self.receiver = Receiver()
        self.addCleanup(self.receiver.stop)

    def start(self, **settings):
        sandbox = Sandbox(**settings)
        self.addCleanup(sandbox.stop)
        return sandbox


def in_order(receipts, status_of):
    """Each comes over a connection of its own: which of two is read first is as open as with the provider."""
    return sorted(receipts, key=lambda each: PROGRESS.index(status_of(each)))


class FromTwilio(ReceiptsTest):
    def receipts(self, count, path="/webhooks/twilio/r-1/1", fragment="", **fields):
        sandbox = self.start()
        made = sandbox.twilio(StatusCallback=self.receiver.url + path + fragment, **fields).json()
        posts = self.receiver.wait_for(count)
        for target, headers, body in posts:
            self.assertEqual(target, path)
            self.assertTrue(headers["Content-Type"].startswith("application/x-www-form-urlencoded"))
            self.assertEqual(headers["X-Twilio-Signature"], signature(self.receiver.url + path, body))
        forms = [dict(urllib.parse.parse_qsl(body, keep_blank_values=True)) for _, _, body in posts]
        return made, in_order(forms, lambda form: form["MessageStatus"])

    def test_tell_sent_and_delivered(self):
        made, forms = self.receipts(2)
        self.assertEqual([form["MessageStatus"] for form in forms], ["sent", "delivered"])
        for form in forms:
            self.assertEqual(form["MessageSid"], made["sid"])
            self.assertEqual(form["SmsSid"], made["sid"])
            self.assertEqual(form["SmsStatus"], form["MessageStatus"])
            self.assertEqual((form["AccountSid"], form["From"], form["To"]), (ACCOUNT, SENDER, "+14155550100"))
            self.assertEqual(form["ApiVersion"], "2010-04-01")
            self.assertNotIn("ErrorCode", form)
            self.assertNotIn("482913", str(form), "a receipt never holds the text")

    def test_are_signed_over_query_and_odd_characters(self):
        self.receipts(2, path="/hooks/a%20b/?job=01J%2B7&e=&next=%2Fa", From=None, MessagingServiceSid=SERVICE)

    def test_are_signed_without_the_fragment(self):
        self.receipts(2, fragment="#rc=5&rp=all")

    def test_of_a_service_name_it(self):
        _, forms = self.receipts(2, From=None, MessagingServiceSid=SERVICE)
        self.assertEqual(forms[0]["MessagingServiceSid"], SERVICE)

    def test_on_whatsapp_carry_the_prefix(self):
        _, forms = self.receipts(
            2, To="whatsapp:+14155550100", From="whatsapp:" + SENDER, Body=None, ContentSid=CONTENT,
            ContentVariables='{"1":"482913"}')
        self.assertEqual(
            (forms[0]["To"], forms[0]["From"], forms[0]["ChannelPrefix"]),
            ("whatsapp:+14155550100", "whatsapp:" + SENDER, "whatsapp"))

    def test_tell_the_code_of_an_undelivered_one(self):
        _, forms = self.receipts(2, To="+19705550115")
        self.assertEqual([form["MessageStatus"] for form in forms], ["sent", "undelivered"])
        self.assertEqual(forms[1]["ErrorCode"], "30003")

    def test_tell_the_code_of_a_failed_one_that_was_never_sent(self):
        _, forms = self.receipts(1, To="+19705550116")
        self.assertEqual((forms[0]["MessageStatus"], forms[0]["ErrorCode"]), ("failed", "30008"))

    def test_come_for_a_message_whose_answer_was_lost(self):
        sandbox = self.start()
        with self.assertRaises(http.client.RemoteDisconnected):
            sandbox.twilio(To="+19705550112", StatusCallback=self.receiver.url + "/lost")
        self.assertIn("MessageStatus=", self.receiver.wait_for(1)[0][2])

    def test_stop_at_sent_or_never_come_where_the_number_asks_for_it(self):
        sandbox = self.start()
        sandbox.twilio(To="+19705550119", StatusCallback=self.receiver.url + "/never")
        sandbox.twilio(To="+19705550118", StatusCallback=self.receiver.url + "/sent")
        sandbox.twilio(StatusCallback=self.receiver.url + "/all")
        self.receiver.wait_for(3)
        self.assertEqual(sorted(path for path, _, _ in self.receiver.posts), ["/all", "/all", "/sent"])

    def test_are_repeated_as_the_fragment_asks(self):
        self.receiver.statuses = [503, 503, 503, 204]
        sandbox = self.start()
        sandbox.twilio(To="+19705550118", StatusCallback=self.receiver.url + "/again#rc=3&rp=5xx")
        bodies = [body for _, _, body in self.receiver.wait_for(4)]
        self.assertEqual(len(set(bodies)), 1)

    def test_are_not_repeated_where_nobody_asks(self):
        only_sent = "+19705550118"
        self.receiver.statuses = [503, 403]
        sandbox = self.start()
        for path in ("/unavailable", "/forbidden"):
            sandbox.twilio(To=only_sent, StatusCallback=self.receiver.url + path)
        self.receiver.wait_for(2)
        # One that is repeated after the same pause, and was first posted after those: theirs would come before.
        self.receiver.statuses = [503]
        sandbox.twilio(To=only_sent, StatusCallback=self.receiver.url + "/again#rc=1&rp=5xx")
        posts = self.receiver.wait_for(4)
        self.assertEqual(sorted(path for path, _, _ in posts), ["/again", "/again", "/forbidden", "/unavailable"])

    def test_that_cannot_be_posted_are_logged_once_without_their_path(self):
        sandbox = self.start()
        self.receiver.statuses = [500] * 8
        for _ in range(4):
            sandbox.twilio(StatusCallback=self.receiver.url + "/secret-path")
        self.receiver.wait_for(8)
        sandbox.stop()
        self.assertEqual("".join(sandbox.log).count("receipt_refused"), 1)
        self.assertNotIn("secret-path", "".join(sandbox.log))


class FromGupshupWhatsApp(ReceiptsTest):
    def events(self, count, destination="14155550100"):
        sandbox = self.start(SANDBOX_GUPSHUP_WEBHOOK_URL=self.receiver.url + "/webhooks/gupshup/s3cret")
        made = sandbox.whatsapp(destination=destination).json()["messageId"]
        posts = self.receiver.wait_for(count)
        self.assertEqual({path for path, _, _ in posts}, {"/webhooks/gupshup/s3cret"})
        self.assertEqual({headers["Content-Type"] for _, headers, _ in posts}, {"application/json"})
        return made, in_order([json.loads(body) for _, _, body in posts], lambda event: event["payload"]["type"])

    def test_are_events_of_version_2(self):
        made, events = self.events(3)
        self.assertEqual([e["payload"]["type"] for e in events], ["enqueued", "sent", "delivered"])
        for event in events:
            self.assertEqual((event["app"], event["version"], event["type"]), ("AcmeDemo", 2, "message-event"))
            self.assertEqual(event["payload"]["destination"], "14155550100")
            self.assertGreater(event["timestamp"], 10**12)
        self.assertEqual(events[0]["payload"]["id"], made)
        self.assertNotIn("gsId", events[0]["payload"])
        for event in events[1:]:
            self.assertEqual(event["payload"]["gsId"], made)
            self.assertNotEqual(event["payload"]["id"], made)
            self.assertLess(event["payload"]["payload"]["ts"], 10**12)
        self.assertEqual(events[0]["payload"]["payload"]["whatsappMessageId"], events[1]["payload"]["id"])

    def test_tell_the_code_of_a_failure(self):
        made, events = self.events(2, destination="19715550105")
        self.assertEqual([e["payload"]["type"] for e in events], ["enqueued", "failed"])
        self.assertEqual(events[1]["payload"]["id"], made)
        self.assertEqual(events[1]["payload"]["payload"]["code"], 1002)
        self.assertTrue(events[1]["payload"]["payload"]["reason"])

    def test_go_to_otp_verify_where_no_other_url_is_given(self):
        secret = "0123456789abcdef0123456789abcdef"
        sandbox = self.start(OTP_CALLBACK_URL=self.receiver.url, GUPSHUP_WEBHOOK_SECRET=secret)
        sandbox.whatsapp()
        sandbox.gateway()
        paths = {path for path, _, _ in self.receiver.wait_for(4)}
        self.assertEqual(paths, {"/webhooks/gupshup/" + secret, "/webhooks/gupshup-sms/" + secret})


class FromGupshupSms(ReceiptsTest):
    def report(self, to):
        sandbox = self.start(SANDBOX_GUPSHUP_SMS_WEBHOOK_URL=self.receiver.url + "/webhooks/gupshup-sms/s3cret")
        made = sandbox.gateway(send_to=to).json()["response"]["id"]
        path, headers, body = self.receiver.wait_for(1)[0]
        self.assertEqual(path, "/webhooks/gupshup-sms/s3cret")
        self.assertTrue(headers["Content-Type"].startswith("application/x-www-form-urlencoded"))
        form = urllib.parse.parse_qs(body, strict_parsing=True)
        self.assertEqual(list(form), ["response"])
        (event,) = json.loads(form["response"][0])
        self.assertEqual((event["externalId"], event["destAddr"], event["channel"]), (made, to, "SMS"))
        self.assertEqual((event["srcAddr"], event["noOfFrags"]), ("ACMEOT", 1))
        return event

    def test_tell_the_delivery(self):
        event = self.report("14155550100")
        self.assertEqual((event["eventType"], event["cause"], event["errCode"]), ("DELIVERED", "SUCCESS", "000"))

    def test_tell_the_cause_of_a_failure_with_its_zeros(self):
        event = self.report("19725550102")
        self.assertEqual((event["eventType"], event["cause"], event["errCode"]), ("FAILED", "BLOCKED", "007"))


if __name__ == "__main__":
    unittest.main()
