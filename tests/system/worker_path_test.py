"""What becomes of a good job: the text, the rows, the event, and the attempts where providers refuse."""

import unittest
import uuid

from sandbox_fixture import SETTINGS
from jobs import HASH_KEYS, digits, new_number, now
from programs import await_that
from stack import StackTest
from verify_service import Verify

TRACE = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01"


class Path(StackTest):
    def test_a_job_becomes_a_text_rows_and_an_event(self):
        job = self.send(headers={"traceparent": TRACE}, user="u-1842", variables={"app": "Acme"})
        row = self.await_status(job, "sent")
        self.assertEqual((row["provider"], row["channel"], row["attempts"]), ("twilio", "sms", 1))
        self.assertEqual((row["number"], row["tenant"], row["user"]), (job["to"], job["tenant"], "u-1842"))
        self.assertEqual((row["locale"], row["template"], row["traceparent"]), ("en", "otp", TRACE))

        [text] = self.texts(job["to"])
        self.assertIn("is your Acme code", text["text"])
        self.assertEqual(text["from"], SETTINGS["TWILIO_PHONE_NUMBER"])

        verification = self.database.verification(job["request_id"])
        self.assertEqual((verification["status"], verification["purpose"]), ("pending", "login"))
        self.assertEqual((verification["code_key_id"], verification["hash_key_id"]), ("c1", "h1"))
        life = (verification["code_expires_at"] - verification["created_at"]).total_seconds()
        self.assertAlmostEqual(life, 300, delta=1)
        self.assert_code_matches(job)

        [attempt] = self.database.attempts(job["request_id"])
        self.assertEqual((attempt["state"], attempt["http_status"], attempt["segments"]), ("accepted", 201, 1))
        self.assertEqual(attempt["provider_message_id"], text["message_id"])
        kinds = [event["kind"] for event in self.database.delivery_events(job["request_id"])]
        self.assertEqual(kinds, ["accepted"])

        [event] = self.await_events(job)
        self.assertEqual(event["routing_key"], "delivery.sent")
        self.assertEqual(event["headers"]["traceparent"], TRACE)
        wanted = {
            "version": 1,
            "event": "delivery.sent",
            "request_id": job["request_id"],
            "verification_id": str(verification["id"]),
            "tenant": job["tenant"],
            "user": "u-1842",
            "purpose": "login",
            "provider": "twilio",
            "channel": "sms",
            "reason": None,
        }
        told = {name: value for name, value in event.items() if name not in ("at", "headers", "routing_key")}
        self.assertEqual(told, wanted)
        self.await_nothing_left()

    def test_a_job_of_the_shortest_form_takes_every_default(self):
        job = {"to": new_number()}
        request = str(uuid.uuid4())
        self.broker.publish(job, message_id=request)
        row = self.await_status({"request_id": request}, "sent")
        self.assertEqual((row["tenant"], row["purpose"], row["channel"]), ("default", "default", "sms"))
        [text] = self.texts(job["to"])
        self.assertIn("is your OTP code", text["text"])
        self.assertEqual(len(digits(text["text"])), 6)

    def test_headers_of_any_depth_are_the_producers_own(self):
        deep = "x"
        for _ in range(100):
            deep = {"more": deep}
        job = self.send(headers={"deep": deep, "traceparent": TRACE})
        self.assertEqual(self.await_status(job, "sent")["traceparent"], TRACE)
        [event] = self.await_events(job)
        self.assertEqual(event["headers"]["traceparent"], TRACE)

    def test_length_and_life_are_the_jobs_own(self):
        job = self.send(code_length=10, ttl_seconds=600)
        self.await_status(job, "sent")
        [text] = self.texts(job["to"])
        self.assertEqual(len(digits(text["text"])), 10)
        self.assertIn("10 min", text["text"].replace(digits(text["text"]), ""))

    def test_whatsapp_goes_by_the_approved_template(self):
        job = self.send(channel="whatsapp")
        row = self.await_status(job, "sent")
        self.assertEqual((row["provider"], row["channel"]), ("twilio", "whatsapp"))
        [text] = self.texts(job["to"])
        self.assertEqual((text["provider"], text["channel"]), ("twilio", "whatsapp"))
        self.assertRegex(text["text"], r"^\d{6} is your verification code\.$")
        self.assert_code_matches(job)

    def test_the_language_is_the_jobs_and_else_the_countrys(self):
        british = self.send(locale="en-GB")
        spanish = self.send(locale="es-419")
        german = self.send("+4915123456789")
        other = self.send("+4915123456788", locale="xx")
        for job, language, word in (
            (british, "en", "is your"),
            (spanish, "es", "OTP"),
            (german, "de", "Geben Sie ihn"),
            (other, "en", "is your"),
        ):
            with self.subTest(language=language):
                self.assertEqual(self.await_status(job, "sent")["locale"], language)
                self.assertIn(word, self.texts(job["to"])[0]["text"])

    def test_a_resend_has_the_same_digits_and_the_same_verification(self):
        first = self.send()
        self.await_status(first, "sent")
        again = self.send(first["to"], tenant=first["tenant"])
        self.await_status(again, "sent")
        codes = {digits(text["text"]) for text in self.texts(first["to"])}
        self.assertEqual(len(self.texts(first["to"])), 2)
        self.assertEqual(len(codes), 1)
        ids = {self.database.verification(job["request_id"])["id"] for job in (first, again)}
        self.assertEqual(len(ids), 1)

    def test_another_purpose_has_a_code_of_its_own(self):
        first = self.send()
        other = self.send(first["to"], tenant=first["tenant"], purpose="payment")
        for job in (first, other):
            self.await_status(job, "sent")
        self.assertEqual(len({digits(text["text"]) for text in self.texts(first["to"])}), 2)

    def test_an_older_request_than_one_sent_is_superseded(self):
        newer = self.send()
        self.await_status(newer, "sent")
        older = self.send(newer["to"], tenant=newer["tenant"], requested_at=now(-10))
        row = self.await_status(older, "canceled")
        self.assertEqual(row["reason"], "superseded")
        [event] = self.await_events(older)
        self.assertEqual((event["event"], event["reason"]), ("delivery.canceled", "superseded"))
        self.assertEqual(len(self.texts(newer["to"])), 1)

    def test_a_finished_job_that_comes_again_is_told_again_and_not_sent(self):
        job = self.send()
        self.await_events(job)
        self.broker.publish(job)
        first, second = self.await_events(job, 2)
        self.assertEqual(first["event"], second["event"])
        self.assertEqual(len(self.texts(job["to"])), 1)
        self.assertEqual(len(self.database.attempts(job["request_id"])), 1)

    def test_the_same_request_twice_at_once_is_one_text(self):
        jobs = [self.job() for _ in range(20)]
        for job in jobs:
            self.broker.publish(job)
            self.broker.publish(job)
        for job in jobs:
            self.await_events(job, 2)
            self.assertEqual(len(self.texts(job["to"])), 1)

    def test_the_other_provider_is_asked_at_once_where_the_first_refuses_us(self):
        job = self.send("+19705550104")
        row = self.await_status(job, "sent")
        self.assertEqual((row["provider"], row["attempts"]), ("gupshup", 2))
        first, second = self.database.attempts(job["request_id"])
        self.assertEqual((first["provider"], first["state"], first["error_code"]), ("twilio", "refused", "21408"))
        self.assertEqual((second["provider"], second["state"]), ("gupshup", "accepted"))
        self.assertLess((second["started_at"] - first["finished_at"]).total_seconds(), 0.2)
        [text] = self.texts(job["to"])
        self.assertEqual(text["provider"], "gupshup")
        self.assert_code_matches(job)
        line = self.worker.await_line("provider_trouble", error_code="21408")
        self.assertEqual((line["provider"], line["channel"], line["level"]), ("twilio", "sms", "warning"))

    def test_a_number_that_is_refused_fails_with_the_providers_code_after_one_attempt(self):
        job = self.send("+19705550101")
        row = self.await_status(job, "failed")
        self.assertEqual((row["reason"], row["attempts"]), ("21211", 1))
        [attempt] = self.database.attempts(job["request_id"])
        self.assertEqual((attempt["state"], attempt["http_status"]), ("refused", 400))
        [event] = self.await_events(job)
        self.assertEqual((event["event"], event["reason"], event["provider"]), ("delivery.failed", "21211", "twilio"))
        self.assertEqual(self.texts(job["to"]), [])

    def test_a_job_that_comes_too_late_expires_unsent(self):
        late = self.send(requested_at=now(-301))
        nearly = self.send(requested_at=now(-35), ttl_seconds=60)  # under 30 s are left
        for job in (late, nearly):
            row = self.await_status(job, "expired")
            self.assertEqual((row["reason"], row["attempts"]), ("expired", 0))
            [event] = self.await_events(job)
            self.assertEqual((event["event"], event["reason"]), ("delivery.expired", "expired"))
            self.assertEqual(self.texts(job["to"]), [])

    def test_the_sixth_text_in_ten_minutes_is_rejected(self):
        number, tenant = new_number(), "t" + uuid.uuid4().hex[:12]
        for _ in range(5):
            self.await_status(self.send(number, tenant=tenant), "sent")
        sixth = self.send(number, tenant=tenant, purpose="payment")
        row = self.await_status(sixth, "rejected")
        self.assertEqual(row["reason"], "limit_number")
        [event] = self.await_events(sixth)
        self.assertEqual((event["event"], event["reason"]), ("delivery.rejected", "limit_number"))
        self.assertEqual(len(self.texts(number)), 5)
        self.await_status(self.send(number), "sent")  # another tenant has a budget of its own
        self.assertEqual(self.broker.depth("otp.dead"), 0)

    def test_sixty_texts_an_hour_for_one_address(self):
        tenant = "t" + uuid.uuid4().hex[:12]
        jobs = [self.send(tenant=tenant, client_ip="203.0.113.9") for _ in range(61)]
        ends = [self.await_status(job, "sent", "rejected") for job in jobs]
        refused = [row for row in ends if row["status"] == "rejected"]
        self.assertEqual([row["reason"] for row in refused], ["limit_ip"])

    def test_a_channel_without_a_provider_is_rejected_and_not_buried(self):
        job = self.send(channel="voice")
        row = self.await_status(job, "rejected")
        self.assertEqual((row["reason"], row["channel"], row["number"]), ("no_provider_for_channel", "voice", job["to"]))
        [event] = self.await_events(job)
        self.assertEqual((event["event"], event["reason"]), ("delivery.rejected", "no_provider_for_channel"))
        self.assertEqual(self.broker.depth("otp.dead"), 0)

    def test_a_send_over_http_that_no_provider_can_take_is_told_with_its_verification_and_channel(self):
        verify = Verify(self.database, self.broker.url, OTP_AUTH="off", OTP_HASH_KEYS=HASH_KEYS)
        self.addCleanup(verify.kill)
        sent = verify.call("POST", "/v1/verifications", {"to": new_number(), "channel": "email"}).json
        [event] = self.await_events(sent)
        self.assertEqual((event["event"], event["reason"]), ("delivery.rejected", "no_provider_for_channel"))
        self.assertEqual((event["verification_id"], event["channel"]), (sent["id"], "email"))


class Preference(StackTest):
    settings = {"OTP_SMS_PROVIDERS": "gupshup,twilio", "OTP_WHATSAPP_PROVIDERS": "gupshup"}

    def test_the_order_of_preference_decides(self):
        for channel, code in (("sms", r"^\d{6} is your OTP code"), ("whatsapp", r"^\d{6} is your verification code")):
            with self.subTest(channel=channel):
                job = self.send(channel=channel)
                row = self.await_status(job, "sent")
                self.assertEqual((row["provider"], row["channel"]), ("gupshup", channel))
                [text] = self.texts(job["to"])
                self.assertEqual((text["provider"], text["channel"]), ("gupshup", channel))
                self.assertRegex(text["text"], code)
                self.assert_code_matches(job)

    def test_texts_outside_the_gsm_alphabet_arrive_whole(self):
        job = self.send(locale="hi", variables={"app": "Ключ"})
        self.await_status(job, "sent")
        self.assertIn("Ключ", self.texts(job["to"])[0]["text"])

    def test_the_first_channel_that_has_a_provider_is_taken(self):
        job = self.send(channel=["voice", "whatsapp"])
        self.assertEqual(self.await_status(job, "sent")["channel"], "whatsapp")


class ChannelsOfOneProviderEach(StackTest):
    settings = {"OTP_SMS_PROVIDERS": "twilio", "OTP_WHATSAPP_PROVIDERS": "gupshup"}

    def test_the_next_channel_of_the_job_is_asked_where_the_first_is_wrong(self):
        job = self.send("+19705550105", channel=["sms", "whatsapp"])
        row = self.await_status(job, "sent")
        self.assertEqual((row["provider"], row["channel"]), ("gupshup", "whatsapp"))
        self.assertEqual(self.database.attempts(job["request_id"])[0]["error_code"], "21612")
        self.assert_code_matches(job)

    def test_no_channel_is_asked_that_the_job_does_not_name(self):
        row = self.await_status(self.send("+19705550105", channel="sms"), "failed")
        self.assertEqual((row["reason"], row["attempts"]), ("21612", 1))


class SlowDown(StackTest):
    """A provider that says "slow down" is left alone for all jobs, so this class has a worker of its own."""

    def test_a_slow_down_sends_the_job_elsewhere_and_is_not_counted(self):
        job = self.send("+19705550106")
        row = self.await_status(job, "sent")
        self.assertEqual(row["provider"], "gupshup")
        first, second = self.database.attempts(job["request_id"])
        self.assertEqual((first["state"], first["error_code"], first["counted"]), ("not_sent", "20429", False))
        self.assertEqual((second["state"], second["counted"]), ("accepted", True))

    def test_where_all_say_so_the_job_waits_on_a_delay_queue_and_is_superseded_by_a_newer_one(self):
        job = self.send("+19735550106")

        def ended():
            # One may be under way, and counts until it says otherwise; one without room called nobody.
            attempts = self.database.attempts(job["request_id"])
            return [a for a in attempts if a["state"] != "started" and a["error_code"] != "no_room"]

        await_that(lambda: len(ended()) >= 3, "a third attempt")
        by_provider = {}
        for attempt in ended():
            self.assertEqual(attempt["state"], "not_sent")
            self.assertFalse(attempt["counted"], attempt)
            by_provider.setdefault(attempt["provider"], []).append(attempt)
        for provider, mine in by_provider.items():
            pause = {"twilio": 2, "gupshup": 1}[provider]  # Retry-After, and what is taken where there is none
            for before, after in zip(mine, mine[1:]):
                self.assertGreater((after["started_at"] - before["finished_at"]).total_seconds(), pause - 0.1)
        self.assertEqual(self.database.delivery(job["request_id"])["status"], "sending")
        newer = self.send(job["to"], tenant=job["tenant"])
        row = self.await_status(job, "canceled")
        self.assertEqual(row["reason"], "superseded")
        [event] = self.await_events(job)
        self.assertEqual(event["event"], "delivery.canceled")
        self.assertEqual(self.texts(job["to"]), [])
        self.assertEqual(self.database.delivery(newer["request_id"])["status"], "sending")


class Countries(StackTest):
    settings = {"OTP_COUNTRIES": "US,DE"}

    def test_a_country_that_is_not_listed_is_rejected_and_not_buried(self):
        job = self.send("+447911123456")
        row = self.await_status(job, "rejected")
        self.assertEqual((row["reason"], row["attempts"]), ("country_not_allowed", 0))
        [event] = self.await_events(job)
        self.assertEqual((event["event"], event["reason"]), ("delivery.rejected", "country_not_allowed"))
        for number in (None, "+4915123456787"):
            self.await_status(self.send(number), "sent")
        self.assertEqual(self.texts(job["to"]), [])
        self.assertEqual(self.broker.depth("otp.dead"), 0)


class OurAccount(StackTest):
    def test_a_refused_account_is_left_alone_for_all_jobs(self):
        first = self.send("+19705550103")
        self.assertEqual(self.await_status(first, "sent")["provider"], "gupshup")
        self.assertEqual(self.database.attempts(first["request_id"])[0]["error_code"], "20003")
        self.worker.await_line("provider_trouble", error_code="20003", provider="twilio")
        for _ in range(3):
            job = self.send()
            row = self.await_status(job, "sent")
            self.assertEqual((row["provider"], row["attempts"]), ("gupshup", 1))
        self.assertTrue(self.worker.is_ready())


if __name__ == "__main__":
    unittest.main()
