#!/usr/bin/python3
"""Checks over HTTP: a right code is good once, and guessing is bounded."""
import concurrent.futures
import json
import unittest

from verify_service import HASH_KEYS, Verify, World, eventually, new_id, new_number


class Case(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.world = World()
        cls.addClassCleanup(cls.world.close)

    def check(self, number, code, **more):
        return self.world.post("/v1/check", {"to": number, "code": code, **more})


class checks(Case):
    def test_the_right_code_is_accepted_once_by_number(self):
        number, id = self.world.texted("123456")
        a = self.check(number, "123456")
        self.assertEqual(a.status, 200, a.text)
        self.assertRegex(a.json.pop("verified_at"), r"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$")
        self.assertEqual(a.json, {"id": id, "status": "approved", "valid": True, "attempts_left": 5, "next_check_in_seconds": 0})
        again = self.check(number, "123456")
        self.assertEqual((again.status, again.json["code"], again.type), (404, "not_found", "application/problem+json"))

    def test_the_right_code_is_accepted_once_by_id(self):
        _, id = self.world.texted("987654", purpose="login")
        path = f"/v1/verifications/{id}/check"
        a = self.world.post(path, {"code": "987654"})
        self.assertEqual((a.status, a.json["status"], a.json["valid"], a.json["id"]), (200, "approved", True, id))
        again = self.world.post(path, {"code": "987654"})
        self.assertEqual((again.status, again.json["code"], again.json["title"]), (410, "already_used", "Gone"))

    def test_wrong_codes_are_counted_and_the_fifth_closes(self):
        number, id = self.world.texted("123456")
        told = []
        for _ in range(5):
            a = self.check(number, "000000")
            self.assertEqual((a.status, a.json["valid"], a.json["id"]), (200, False, id))
            told.append((a.json["status"], a.json["attempts_left"], a.json["next_check_in_seconds"]))
            self.world.no_pauses(id)
        self.assertEqual(told, [("pending", 4, 0), ("pending", 3, 0), ("pending", 2, 5), ("pending", 1, 15), ("max_attempts_reached", 0, 0)])
        for a in (self.check(number, "123456"), self.world.post(f"/v1/verifications/{id}/check", {"code": "123456"})):
            self.assertEqual((a.status, a.json["code"]), (410, "max_attempts_reached"))

    def test_a_check_within_the_pause_is_told_to_wait(self):
        number, _ = self.world.texted("123456")
        for _ in range(3):
            self.check(number, "000000")
        a = self.check(number, "123456")
        self.assertEqual((a.status, a.json["code"]), (429, "check_too_soon"))
        self.assertIn(int(a.headers["Retry-After"]), range(1, 6))

    def test_the_budget_of_a_day_holds_over_verifications(self):
        number, id = self.world.texted("123456")
        self.world.db.rows("insert into otp.check_budget (tenant, number, purpose, device, times) values ('acme', %s, 'default', false, "
                           "array_fill(clock_timestamp(), array[20]))", number)
        a = self.check(number, "123456")
        self.assertEqual((a.status, a.json["code"]), (429, "check_budget_spent"))
        self.assertGreater(int(a.headers["Retry-After"]), 80000)

    def test_of_many_parallel_checks_with_the_right_code_one_wins(self):
        number, id = self.world.texted("123456")
        with concurrent.futures.ThreadPoolExecutor(16) as crowd:
            answers = list(crowd.map(lambda _: self.check(number, "123456"), range(16)))
        self.assertEqual(sorted(a.status for a in answers), [200] + [404] * 15)

    def test_parallel_guesses_are_counted_one_by_one(self):
        number, id = self.world.texted("123456")
        with concurrent.futures.ThreadPoolExecutor(16) as crowd:
            answers = list(crowd.map(lambda _: self.check(number, "000000"), range(16)))
        compared = [a for a in answers if a.status == 200]
        self.assertEqual(len(compared), 3)      # then the pause holds
        self.assertEqual({a.json["code"] for a in answers if a.status != 200}, {"check_too_soon"})

    def test_a_code_is_good_for_its_purpose_and_tenant_only(self):
        number, id = self.world.texted("123456", purpose="login")
        self.assertEqual(self.check(number, "123456").status, 404)
        self.assertEqual(self.check(number, "123456", purpose="payment").status, 404)
        stranger = self.world.other_key
        self.assertEqual(self.world.post("/v1/check", {"to": number, "code": "123456", "purpose": "login"}, stranger).status, 404)
        self.assertEqual(self.world.post(f"/v1/verifications/{id}/check", {"code": "123456"}, stranger).status, 404)
        self.assertEqual(self.world.get(f"/v1/verifications/{id}", stranger).status, 404)
        self.assertEqual(self.check(number, "123456", purpose="login").json["status"], "approved")

    def test_unknown_numbers_and_ids_are_not_found(self):
        self.assertEqual(self.check(new_number(), "123456").json["code"], "not_found")
        for id in (new_id(), "no-uuid"):
            a = self.world.post(f"/v1/verifications/{id}/check", {"code": "123456"})
            self.assertEqual((a.status, a.json["code"]), (404, "not_found"))

    def test_an_expired_code_is_gone(self):
        number, id = self.world.texted("123456")
        self.world.db.pass_time(number, 301)
        a = self.world.post(f"/v1/verifications/{id}/check", {"code": "123456"})
        self.assertEqual((a.status, a.json["code"]), (410, "expired"))

    def test_a_body_that_breaks_its_rules_is_told_field_by_field(self):
        number, id = self.world.texted("123456")
        a = self.world.post("/v1/check", {"to": "+1", "code": "12 456", "purpose": "A", "cod": "1", "device_token": 5})
        self.assertEqual((a.status, a.json["code"], a.type), (400, "invalid_request", "application/problem+json"))
        self.assertEqual({e["field"]: e["code"] for e in a.json["errors"]},
                         {"to": "invalid_field", "code": "invalid_field", "purpose": "invalid_field", "cod": "unknown_field",
                          "device_token": "invalid_field"})
        self.assertNotIn("456", a.text)
        a = self.world.post("/v1/check", {})
        self.assertEqual([(e["field"], e["code"]) for e in a.json["errors"]], [("to", "missing_field"), ("code", "missing_field")])
        for body in (b"", b"{", b"[]", b'{"code":"\xff"}', b'\xef\xbb\xbf{}', b'{}\x00', b'{"code":"123456","code":"123456"}', b"[" * 9000):
            for path in ("/v1/check", f"/v1/verifications/{id}/check"):
                self.assertEqual(self.world.post(path, body).status, 400, body)
        self.assertEqual(self.check(number, "123456").status, 200)      # nothing of it was counted

    def test_a_status_shows_the_verification_with_its_number_masked(self):
        number, id = self.world.texted("123456")
        a = self.world.get(f"/v1/verifications/{id}")
        self.assertEqual((a.status, a.json["id"], a.json["status"], a.json["to"]), (200, id, "pending", number[:5] + "****" + number[-3:]))
        self.assertEqual([d["status"] for d in a.json["deliveries"]], ["sending"])
        self.assertNotIn(number[1:], a.text)

    def test_a_settled_verification_is_told_as_an_event(self):
        channel = self.world.vhost.channel()
        self.addCleanup(channel.connection.close)
        queue = channel.queue_declare("", exclusive=True).method.queue
        channel.queue_bind(queue, "otp.events", "verification.*")
        number, id = self.world.texted("123456", purpose="login")
        self.check(number, "123456", purpose="login")
        got = eventually("the event", lambda: (m := channel.basic_get(queue, auto_ack=True))[0] and m)
        event = json.loads(got[2])
        self.assertEqual(got[0].routing_key, "verification.approved")
        self.assertEqual((event["version"], event["event"], event["verification_id"], event["tenant"], event["purpose"]),
                         (1, "verification.approved", id, "acme", "login"))
        self.assertNotIn(number[1:].encode(), got[2])

    def test_one_whose_life_was_found_to_be_over_is_told_once_as_an_event(self):
        channel = self.world.vhost.channel()
        self.addCleanup(channel.connection.close)
        queue = channel.queue_declare("", exclusive=True).method.queue
        channel.queue_bind(queue, "otp.events", "verification.*")
        number, id = self.world.texted("123456", purpose="login")
        self.world.db.rows("update otp.verification set expires_at = now(), code_expires_at = now() where id = %s", id)
        self.assertEqual(self.check(number, "123456", purpose="login").status, 410)
        got = eventually("the event", lambda: (m := channel.basic_get(queue, auto_ack=True))[0] and m)
        event = json.loads(got[2])
        self.assertEqual((got[0].routing_key, event["event"], event["verification_id"]), ("verification.expired", "verification.expired", id))
        self.assertEqual(self.world.post(f"/v1/verifications/{id}/check", {"code": "123456"}).status, 410)
        other, _ = self.world.texted("123456", purpose="login")
        self.check(other, "123456", purpose="login")     # its event comes behind whatever was told before
        after = eventually("the next event", lambda: (m := channel.basic_get(queue, auto_ack=True))[0] and m)
        self.assertEqual(after[0].routing_key, "verification.approved")


class keys(Case):
    def test_a_code_under_a_hash_key_that_is_not_listed_is_answered_503_and_not_counted(self):
        number, id = self.world.texted("123456", key="h2")
        a = self.check(number, "000000")
        self.assertEqual((a.status, a.type), (503, "application/problem+json"))
        self.assertIn("Retry-After", a.headers)
        self.assertEqual(self.world.db.one("select wrong_checks from otp.verification where id = %s", id), 0)

    def test_every_listed_hash_key_is_tried(self):
        number, _ = self.world.texted("123456", key="h2")
        both = ",".join(f"{k}:{v.hex()}" for k, v in HASH_KEYS.items())
        rotated = Verify(self.world.database, self.world.vhost.url(), OTP_HASH_KEYS=both)
        self.addCleanup(rotated.kill)
        a = rotated.call("POST", "/v1/check", {"to": number, "code": "123456"}, self.world.key)
        self.assertEqual((a.status, a.json["status"]), (200, "approved"))


if __name__ == "__main__":
    unittest.main()
