#!/usr/bin/python3
"""Known devices over HTTP: a right code earns a token, and who brings it is counted apart from strangers."""
import secrets
import unittest

from verify_service import Verify, World

KEYS = {"d1": secrets.token_hex(32), "d2": secrets.token_hex(32)}


class Case(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.world = World(OTP_DEVICE_KEYS="d1:" + KEYS["d1"])
        cls.addClassCleanup(cls.world.close)

    def check(self, number, code, token=None, verify=None, **more):
        body = {"to": number, "code": code, **({"device_token": token} if token is not None else {}), **more}
        return (verify or self.world.verify).call("POST", "/v1/check", body, self.world.key)

    def known(self, number=None, **given):
        """(number, token) of a device that once gave the right code."""
        number, _ = self.world.texted(number=number, **given)
        a = self.check(number, "123456", purpose=given.get("purpose", "default"))
        self.assertEqual(a.status, 200, a.text)
        return number, a.json["device_token"]

    def closed(self, number):
        """A new verification of this number that five wrong codes closed: its id."""
        _, id = self.world.texted(number=number)
        for _ in range(5):
            self.assertEqual(self.check(number, "000000").json["valid"], False)
            self.world.no_pauses(id)
        return id

    def another(self, **settings):
        verify = Verify(self.world.database, self.world.vhost.url(), **settings)
        self.addCleanup(verify.kill)
        return verify


class devices(Case):
    def test_a_right_code_earns_a_token_by_number_and_by_id_and_a_wrong_one_none(self):
        number, id = self.world.texted("123456")
        self.assertNotIn("device_token", self.check(number, "000000").json)
        a = self.world.post(f"/v1/verifications/{id}/check", {"code": "123456"})
        self.assertEqual((a.status, a.json["attempts_left"], a.json["next_check_in_seconds"]), (200, 4, 0))
        self.assertRegex(a.json["device_token"], r"^[A-Za-z0-9_-]{40,}$")
        self.known()

    def test_a_verification_closed_to_strangers_is_open_to_a_known_device(self):
        number, token = self.known()
        id = self.closed(number)
        self.assertEqual((self.check(number, "123456").status, self.check(number, "123456").json["code"]), (410, "max_attempts_reached"))
        self.assertEqual(self.world.get("/v1/verifications/" + id).json["status"], "max_attempts_reached")
        a = self.world.post(f"/v1/verifications/{id}/check", {"code": "000000", "device_token": token})
        self.assertEqual((a.status, a.json["status"], a.json["attempts_left"]), (200, "pending", 4))
        a = self.check(number, "123456", token)
        self.assertEqual((a.status, a.json["status"], a.json["valid"]), (200, "approved", True))
        self.assertEqual(self.check(self.texted(number), "123456", a.json["device_token"]).status, 200)

    def texted(self, number):
        self.world.texted(number=number)
        return number

    def test_a_device_has_five_tries_and_pauses_of_its_own(self):
        number, token = self.known()
        _, id = self.world.texted(number=number)
        told = []
        for _ in range(5):
            a = self.check(number, "000000", token)
            told.append((a.json["status"], a.json["attempts_left"], a.json["next_check_in_seconds"]))
            self.world.db.rows("update otp.verification set device_next_check_at = null where id = %s", id)
        self.assertEqual(told, [("pending", 4, 0), ("pending", 3, 0), ("pending", 2, 5), ("pending", 1, 15), ("max_attempts_reached", 0, 0)])
        self.assertEqual(self.check(number, "123456", token).json["code"], "max_attempts_reached")
        self.assertEqual(self.check(number, "123456").json["status"], "approved")       # a stranger who has the code

    def test_a_spent_day_of_strangers_is_none_of_a_device_and_the_other_way_round(self):
        number, token = self.known()
        self.texted(number)
        self.world.db.rows("insert into otp.check_budget (tenant, number, purpose, device, times) values ('acme', %s, 'default', false, "
                           "array_fill(clock_timestamp(), array[20]))", number)
        self.assertEqual(self.check(number, "123456").json["code"], "check_budget_spent")
        self.assertEqual(self.check(number, "123456", token).json["status"], "approved")
        self.texted(number)
        self.world.db.rows("update otp.check_budget set device = true where number = %s", number)
        self.assertEqual(self.check(number, "123456", token).json["code"], "check_budget_spent")
        self.assertEqual(self.check(number, "123456").json["status"], "approved")

    def test_whatever_is_no_token_of_this_device_makes_it_a_stranger(self):
        number, token = self.known()
        _, others = self.known()
        _, for_login = self.known(number, purpose="login")
        self.closed(number)
        changed = token[:-5] + ("A" if token[-5] != "A" else "B") + token[-4:]
        for none in ("", "x", others, for_login, changed, token + "A", "A" * 5000, "\u0000"):
            a = self.check(number, "123456", none)
            self.assertEqual((a.status, a.json["code"]), (410, "max_attempts_reached"), none[:20])
        self.assertEqual(self.check(number, "123456", token).status, 200)

    def test_a_token_of_another_tenant_is_none(self):
        number, _ = self.world.texted(tenant="other")
        theirs = self.world.post("/v1/check", {"to": number, "code": "123456"}, self.world.other_key).json["device_token"]
        self.closed(number)
        self.assertEqual(self.check(number, "123456", theirs).status, 410)

    def test_a_token_that_is_no_text_is_refused(self):
        number, _ = self.world.texted()
        for none in (5, True, {}, ["x"]):
            a = self.check(number, "123456", none)
            self.assertEqual((a.status, [e["field"] for e in a.json["errors"]]), (400, ["device_token"]))
        self.assertEqual(self.world.post("/v1/check", {"to": number, "code": "123456", "device_token": None}).status, 200)

    def test_tokens_outlive_a_rotation_of_keys_while_their_key_is_listed(self):
        number, token = self.known()
        self.closed(number)
        without = self.another(OTP_DEVICE_KEYS="d2:" + KEYS["d2"])
        self.assertEqual(self.check(number, "123456", token, without).status, 410)
        rotated = self.another(OTP_DEVICE_KEYS=f"d2:{KEYS['d2']},d1:{KEYS['d1']}")
        a = self.check(number, "123456", token, rotated)
        self.assertEqual(a.status, 200)
        self.closed(number)
        self.assertEqual(self.check(number, "123456", a.json["device_token"], without).status, 200)

    def test_without_keys_no_device_is_known_and_none_is_made(self):
        number, token = self.known()
        off = self.another()
        self.closed(number)
        self.assertEqual(self.check(number, "123456", token, off).status, 410)
        number, _ = self.world.texted()
        self.assertNotIn("device_token", self.check(number, "123456", "x", off).json)

    def test_the_older_routes_give_no_token(self):
        number, _ = self.world.texted()
        a = self.world.post("/verify-otp", {"phone_number": number, "otp": "123456"})
        self.assertEqual(a.status, 200)
        self.assertNotIn("device_token", a.text)


if __name__ == "__main__":
    unittest.main()
