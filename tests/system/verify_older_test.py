#!/usr/bin/python3
"""The routes of older services: their shapes, the same rules, and no word of why a code was refused."""
import json
import unittest

from verify_service import World, new_id, new_number

NOT_VERIFIED = {"success": False, "error": "invalid_otp", "message": "the code is wrong, expired or used", "status": "pending",
                "valid": False, "verified": False}


class Case(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.world = World(OTP_DEFAULT_REGION="US")
        cls.addClassCleanup(cls.world.close)


class sends(Case):
    def test_a_send_answers_as_older_clients_expect_with_the_number_as_written(self):
        for path in ("/send-otp", "/resend-otp", "/send-otp/", "/resend-otp/", "/api/v1/messaging/send-otp/"):
            number = new_number()
            written = f"({number[2:5]}) {number[5:8]}-{number[8:]}"
            a = self.world.post(path, {"phone_number": written, "generated_otp": "123456"})
            self.assertEqual(a.status, 200, a.text)
            id = a.json.pop("otp_id")
            self.assertIsInstance(id, str)
            self.assertIsInstance(a.json.pop("message"), str)
            self.assertEqual(a.json, {"success": True, "status": "pending", "to": written, "channel": "sms", "data": {"phone_number": written}})
            self.assertEqual(self.world.get("/v1/verifications/" + id).json["to"], number[:5] + "****" + number[-3:])

    def test_to_and_channel_are_another_way_to_say_it(self):
        number = new_number()
        a = self.world.post("/send-otp", {"to": number, "channel": "whatsapp", "purpose": "signup"})
        self.assertEqual((a.status, a.json["to"], a.json["channel"]), (200, number, "whatsapp"))
        [job] = [json.loads(body) for _, body in self.world.vhost.messages() if number.encode() in body]
        self.assertEqual((job["channel"], job["purpose"]), (["whatsapp"], "signup"))

    def test_a_refused_send_says_so_in_the_older_shape(self):
        for body in ({}, {"phone_number": "12"}, {"phone_number": 5}, {"to": new_number(), "channel": "pigeon"},
                     {"to": new_number(), "purpose": "A b"}, b"{"):
            a = self.world.post("/send-otp", body)
            self.assertEqual((a.status, a.type, set(a.json), a.json["success"]), (400, "application/json", {"success", "error", "message"}, False))

    def test_a_limit_is_429_with_the_seconds_in_the_body(self):
        number, _ = self.world.texted()
        a = self.world.post("/resend-otp", {"phone_number": number})
        self.assertEqual((a.status, a.json["success"], a.json["error"]), (429, False, "resend_too_soon"))
        self.assertEqual(str(a.json["retry_after"]), a.headers["Retry-After"])
        self.assertEqual(set(a.json), {"success", "error", "message", "retry_after"})

    def test_an_idempotency_key_holds_here_too(self):
        number, id = new_number(), new_id()
        first, again = (self.world.post("/send-otp", {"phone_number": number}, headers={"Idempotency-Key": id}) for _ in range(2))
        self.assertEqual((first.status, again.json), (200, first.json))
        self.assertEqual(self.world.post("/send-otp", {"phone_number": new_number()}, headers={"Idempotency-Key": id}).status, 409)

    def test_an_idempotency_key_that_is_none_is_named(self):
        for path, word in (("/send-otp", "message"), ("/otp/generate/", "error")):
            a = self.world.post(path, {"phone_number": new_number()}, headers={"Idempotency-Key": "7"})
            self.assertEqual((a.status, a.json[word]), (400, "expected a UUID in Idempotency-Key"))


class checks(Case):
    def test_every_older_way_to_write_a_check_is_understood(self):
        for path, *fields in (("/verify-otp", "phone_number", "otp"), ("/verify-otp", "to", "code"),
                              ("/verify-otp/", "phone_number", "otp_code"), ("/api/v1/messaging/verify-otp/", "phone_number", "otp")):
            number, _ = self.world.texted("123456")
            a = self.world.post(path, {fields[0]: number, fields[1]: "123456", "device": "x"})
            self.assertEqual(a.status, 200, a.text)
            self.assertIsInstance(a.json.pop("message"), str)
            self.assertEqual(a.json, {"success": True, "status": "approved", "valid": True, "verified": True, "data": {"phone_number": number}})

    def test_a_code_and_a_number_may_be_json_numbers_and_a_code_may_have_blanks(self):
        for path in ("/verify-otp", "/otp/verify/"):
            for code, written in (("341743", 341743), ("042137", 42137), ("341743", " 341743"), ("341743", "341 743")):
                number, _ = self.world.texted(code)
                a = self.world.post(path, {"phone_number": number, "otp": written})
                self.assertEqual(a.status, 200, (written, a.text))
        number, _ = self.world.texted("341743")
        a = self.world.post("/verify-otp", {"phone_number": int(number[2:]), "otp": 341743})
        self.assertEqual((a.status, a.json["data"]), (200, {"phone_number": number[2:]}), a.text)

    def test_a_purpose_is_kept_apart(self):
        number, _ = self.world.texted("123456", purpose="signup")
        self.assertEqual(self.world.post("/verify-otp", {"phone_number": number, "otp_code": "123456"}).json, NOT_VERIFIED)
        self.assertEqual(self.world.post("/verify-otp/", {"phone_number": number, "otp_code": "123456", "purpose": "signup"}).status, 200)

    def test_wrong_expired_used_and_unknown_codes_get_one_and_the_same_answer(self):
        def verify(number, code="123456"):
            return self.world.post("/verify-otp", {"phone_number": number, "otp": code})
        wrong, _ = self.world.texted("123456")
        expired, _ = self.world.texted("123456")
        self.world.db.pass_time(expired, 301)
        used, _ = self.world.texted("123456")
        verify(used)
        closed, id = self.world.texted("123456")
        for _ in range(5):
            verify(closed, "000000")
            self.world.no_pauses(id)
        for a in (verify(wrong, "000000"), verify(expired), verify(used), verify(closed), verify(new_number())):
            self.assertEqual((a.status, a.json), (400, NOT_VERIFIED))

    def test_a_check_too_soon_is_429_in_the_older_shape(self):
        number, _ = self.world.texted("123456")
        for _ in range(3):
            self.world.post("/verify-otp", {"phone_number": number, "otp": "000000"})
        a = self.world.post("/verify-otp", {"phone_number": number, "otp": "123456"})
        self.assertEqual((a.status, set(a.json)), (429, {"success", "error", "message", "retry_after"}))
        self.assertEqual(str(a.json["retry_after"]), a.headers["Retry-After"])

    def test_a_check_that_cannot_be_read_is_400_with_the_same_members(self):
        for body in (b"[]", {}, {"phone_number": "+14155550100"}, {"otp": "123456"}, {"phone_number": "+14155550100", "otp": "abc"}):
            a = self.world.post("/verify-otp", body)
            self.assertEqual((a.status, set(a.json), a.json["valid"]), (400, set(NOT_VERIFIED), False))


if __name__ == "__main__":
    unittest.main()
