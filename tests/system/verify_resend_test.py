#!/usr/bin/python3
"""Another text of a verification by its id, and its end by its owner's word."""
import json
import unittest

from verify_service import World, eventually, new_id, new_number


class Case(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.world = World()
        cls.addClassCleanup(cls.world.close)

    def send(self, number, **more):
        a = self.world.post("/v1/verifications", {"to": number, **more})
        self.assertEqual(a.status, 202, a.text)
        return a.json

    def sent(self, code="123456", **more):
        """A send whose text the provider took: (number, the 202)."""
        number = new_number()
        sent = self.send(number, **more)
        self.world.texted(code, number, more.get("purpose", "default"), request_id=sent["request_id"])
        self.world.db.finish(sent["request_id"], 1, "accepted", message="M" + sent["request_id"])
        return number, sent

    def resend(self, id, body=None, key=None, **more):
        return self.world.post(f"/v1/verifications/{id}/resend", body, key, **more)

    def cancel(self, id, key=None):
        return self.world.delete(f"/v1/verifications/{id}", key)

    def job(self, request_id):
        [body] = [body for properties, body in self.world.vhost.messages() if properties.message_id == request_id]
        return json.loads(body)

    def settle(self, id, status):
        self.world.db.rows("update otp.verification set status = %s, settled_at = clock_timestamp() where id = %s", status, id)


class resends(Case):
    def test_a_resend_is_answered_as_a_send_and_repeats_the_latest_request(self):
        number, sent = self.sent(purpose="login", user="u-1", variables={"app": "Acme"}, locale="en-GB", ttl_seconds=120, code_length=8,
                                 client_ip="203.0.113.9", channel="sms")
        first = self.job(sent["request_id"])
        self.world.db.receipt("M" + sent["request_id"], "delivered", None, sent["request_id"], 1)
        self.world.db.pass_time(number, 31)
        a = self.resend(sent["id"])
        self.assertEqual(a.status, 202, a.text)
        self.assertNotEqual(a.json["request_id"], sent["request_id"])
        self.assertEqual(set(a.json), set(sent))
        same = ("id", "status", "to", "channel", "purpose", "delivery")
        self.assertEqual({k: a.json[k] for k in same}, {k: sent[k] for k in same})
        self.assertEqual(a.json["next_send_in_seconds"], 60)
        job = self.job(a.json["request_id"])
        self.assertGreater(job["requested_at"], first["requested_at"])
        changed = ("request_id", "requested_at")
        self.assertEqual({k: v for k, v in job.items() if k not in changed}, {k: v for k, v in first.items() if k not in changed})

    def test_a_resend_of_a_rejected_request_has_its_variables(self):
        number = new_number()
        sent = self.send(number, variables={"app": "Acme"}, channel="email", client_ip="203.0.113.9")
        self.assertTrue(self.world.db.reject(sent["request_id"], number, "no_provider_for_channel", "acme", "default"))
        job = self.job(self.resend(sent["id"], {"channel": "sms"}).json["request_id"])
        self.assertEqual((job["variables"], job["channel"]), ({"app": "Acme"}, ["sms"]))

    def test_a_resend_may_name_another_channel(self):
        number, sent = self.sent(channel="sms", variables={"app": "Acme"})
        self.world.db.pass_time(number, 31)
        a = self.resend(sent["id"], {"channel": "whatsapp"})
        self.assertEqual((a.status, a.json["channel"]), (202, "whatsapp"))
        job = self.job(a.json["request_id"])
        self.assertEqual((job["channel"], job["variables"]), (["whatsapp"], {"app": "Acme"}))

    def test_the_third_text_repeats_the_second(self):
        number, sent = self.sent(channel="sms")
        self.world.db.pass_time(number, 31)
        second = self.resend(sent["id"], {"channel": "whatsapp"}).json
        self.world.texted(number=number, request_id=second["request_id"])
        self.world.db.pass_time(number, 61)
        third = self.resend(sent["id"])
        self.assertEqual((third.status, third.json["channel"]), (202, "whatsapp"))

    def test_a_verification_that_came_by_the_queue_is_resent_too(self):
        number, id = self.world.texted(purpose="login")
        self.world.db.pass_time(number, 31)
        a = self.resend(id)
        self.assertEqual((a.status, a.json["id"], a.json["purpose"]), (202, id, "login"))
        self.assertEqual(self.job(a.json["request_id"])["to"], number)

    def test_a_resend_too_soon_is_told_when_to_come_again(self):
        number, sent = self.sent()
        a = self.resend(sent["id"])
        self.assertEqual((a.status, a.json["code"], a.type), (429, "resend_too_soon", "application/problem+json"))
        self.assertIn(int(a.headers["Retry-After"]), range(25, 31))
        self.assertEqual(a.json["next_send_in_seconds"], int(a.headers["Retry-After"]))

    def test_a_repeated_resend_gets_the_first_answer_even_when_all_is_over(self):
        number, sent = self.sent()
        self.world.db.pass_time(number, 31)
        id = new_id()
        first = self.resend(sent["id"], {"request_id": id})
        self.assertEqual((first.status, first.json["request_id"]), (202, id))
        self.assertEqual(self.resend(sent["id"], headers={"Idempotency-Key": id}).json, first.json)
        self.settle(sent["id"], "approved")
        again = self.resend(sent["id"], headers={"Idempotency-Key": id})
        self.assertEqual((again.status, again.json), (202, first.json))
        self.assertEqual(self.world.db.one("select count(*) from otp.delivery where number = %s", number), 2)

    def test_an_id_of_another_number_is_a_conflict(self):
        _, sent = self.sent()
        number, other = self.sent()
        self.world.db.pass_time(number, 31)
        a = self.resend(other["id"], {"request_id": sent["request_id"]})
        self.assertEqual((a.status, a.json["code"]), (409, "request_id_conflict"))

    def test_a_settled_verification_has_no_resend_and_says_why(self):
        for status, code in (("approved", "already_used"), ("expired", "expired"), ("canceled", "canceled"),
                             ("max_attempts_reached", "max_attempts_reached")):
            number, sent = self.sent()
            self.world.db.pass_time(number, 31)
            self.settle(sent["id"], status)
            for body in (None, {"request_id": new_id()}):
                a = self.resend(sent["id"], body)
                self.assertEqual((a.status, a.json["code"]), (410, code))
            self.assertEqual(self.world.db.one("select count(*) from otp.delivery where number = %s", number), 1)

    def test_one_past_its_life_or_closed_by_wrong_codes_has_none_and_stays_as_it_is(self):
        number, sent = self.sent()
        self.world.db.pass_time(number, 301)
        a = self.resend(sent["id"])
        self.assertEqual((a.status, a.json["code"]), (410, "expired"))
        number, sent = self.sent()
        self.world.db.pass_time(number, 31)
        self.world.db.rows("update otp.verification set wrong_checks = 5 where id = %s", sent["id"])
        a = self.resend(sent["id"])
        self.assertEqual((a.status, a.json["code"]), (410, "max_attempts_reached"))
        self.assertEqual(self.world.db.one("select status from otp.verification where id = %s", sent["id"]), "pending")

    def test_strangers_find_nothing_to_resend(self):
        _, sent = self.sent()
        for a in (self.resend(sent["id"], key=self.world.other_key), self.resend(new_id()), self.resend("no-uuid")):
            self.assertEqual((a.status, a.json["code"]), (404, "not_found"))

    def test_every_wrong_field_of_a_resend_is_named(self):
        _, sent = self.sent()
        a = self.resend(sent["id"], {"channel": "pigeon", "to": new_number()})
        self.assertEqual((a.status, a.json["code"]), (400, "invalid_request"))
        self.assertEqual({e["field"]: e["code"] for e in a.json["errors"]}, {"channel": "invalid_field", "to": "unknown_field"})
        self.assertEqual(self.resend(sent["id"], b"[]").status, 400)
        self.assertEqual(self.resend(sent["id"], headers={"Idempotency-Key": "once"}).status, 400)


class cancels(Case):
    def test_a_canceled_verification_takes_no_code_and_sends_no_text(self):
        number, sent = self.sent(purpose="login")
        a = self.cancel(sent["id"])
        self.assertEqual(a.status, 200, a.text)
        self.assertRegex(a.json.pop("settled_at"), r"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$")
        self.assertEqual(a.json, {"id": sent["id"], "status": "canceled", "to": sent["to"], "purpose": "login"})
        self.assertEqual(self.world.get("/v1/verifications/" + sent["id"]).json["status"], "canceled")
        check = self.world.post(f"/v1/verifications/{sent['id']}/check", {"code": "123456"})
        self.assertEqual((check.status, check.json["code"]), (410, "canceled"))

    def test_a_text_that_still_waits_is_never_begun(self):
        number = new_number()
        sent = self.send(number)
        self.cancel(sent["id"])
        with self.assertRaisesRegex(AssertionError, "verification_settled"):
            self.world.texted(number=number, request_id=sent["request_id"])
        self.assertEqual(self.world.db.delivery(sent["request_id"]), ("canceled", "verification_settled"))
        self.assertNotEqual(self.send(number)["id"], sent["id"])

    def test_a_cancel_may_be_repeated(self):
        _, sent = self.sent()
        first, again = self.cancel(sent["id"]), self.cancel(sent["id"])
        self.assertEqual((again.status, again.json), (200, first.json))

    def test_what_was_settled_otherwise_cannot_be_canceled(self):
        for status, code in (("approved", "already_used"), ("expired", "expired"), ("max_attempts_reached", "max_attempts_reached")):
            _, sent = self.sent()
            self.settle(sent["id"], status)
            a = self.cancel(sent["id"])
            self.assertEqual((a.status, a.json["code"]), (410, code))

    def test_strangers_find_nothing_to_cancel(self):
        _, sent = self.sent()
        for a in (self.cancel(sent["id"], self.world.other_key), self.cancel(new_id()), self.cancel("no-uuid")):
            self.assertEqual((a.status, a.json["code"]), (404, "not_found"))
        self.assertEqual(self.world.get("/v1/verifications/" + sent["id"]).json["status"], "pending")

    def test_a_key_without_scope_send_neither_resends_nor_cancels(self):
        _, sent = self.sent()
        reader = self.world.new_key("acme", "check", "read")
        for a in (self.cancel(sent["id"], reader), self.resend(sent["id"], key=reader)):
            self.assertEqual((a.status, a.json["code"]), (403, "missing_scope"))

    def test_a_cancel_is_told_as_an_event_once(self):
        channel = self.world.vhost.channel()
        self.addCleanup(channel.connection.close)
        queue = channel.queue_declare("", exclusive=True).method.queue
        channel.queue_bind(queue, "otp.events", "verification.#")
        number, sent = self.sent(purpose="login", user="u-7")
        self.cancel(sent["id"])
        got = eventually("the event", lambda: (m := channel.basic_get(queue, auto_ack=True))[0] and m)
        event = json.loads(got[2])
        self.assertEqual(got[0].routing_key, "verification.canceled")
        self.assertEqual((event["event"], event["verification_id"], event["tenant"], event["user"], event["purpose"]),
                         ("verification.canceled", sent["id"], "acme", "u-7", "login"))
        self.assertNotIn(number[1:].encode(), got[2])
        self.cancel(sent["id"])
        _, other = self.sent()
        self.cancel(other["id"])
        got = eventually("the other's event", lambda: (m := channel.basic_get(queue, auto_ack=True))[0] and m)
        self.assertEqual(json.loads(got[2])["verification_id"], other["id"])


if __name__ == "__main__":
    unittest.main()
