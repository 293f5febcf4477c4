#!/usr/bin/python3
"""Sends over HTTP: stored, confirmed by the broker, marked; and what is left behind where that is cut short."""
import json
import unittest

from verify_service import Gate, Verify, World, eventually, new_id, new_number



class Case(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.world = World()
        cls.addClassCleanup(cls.world.close)

    def send(self, number=None, key=None, headers=(), **more):
        return self.world.post("/v1/verifications", {"to": number or new_number(), **more}, key, headers=headers)

    def row(self, request_id):
        rows = self.world.db.rows("select status, published_at is not null, sweep_at is not null, job is not null from otp.delivery "
                                  "where request_id = %s", request_id)
        return rows[0] if rows else None

    def jobs(self, request_id):
        return [m for m in self.world.vhost.messages() if m[0].message_id == request_id]


class sends(Case):
    def test_a_send_is_answered_202_once_its_job_is_on_the_queue(self):
        number = new_number()
        a = self.send(number, channel="sms", purpose="login", user="u-1", variables={"app": "Acme"}, locale="en-GB", ttl_seconds=120,
                      client_ip="203.0.113.9")
        self.assertEqual(a.status, 202, a.text)
        self.assertEqual(a.json["to"], number[:5] + "****" + number[-3:])
        self.assertEqual({k: a.json[k] for k in ("status", "channel", "purpose", "next_send_in_seconds", "delivery")},
                         {"status": "pending", "channel": "sms", "purpose": "login", "next_send_in_seconds": 30, "delivery": {"status": "queued"}})
        self.assertRegex(a.json["expires_at"], r"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$")
        self.assertEqual(self.row(a.json["request_id"]), ("queued", True, False, True))
        [(properties, body)] = self.jobs(a.json["request_id"])
        self.assertEqual((properties.content_type, properties.type, properties.delivery_mode), ("application/json", "send-otp", 2))
        job = json.loads(body)
        self.assertIn("requested_at", job)
        self.assertEqual({k: v for k, v in job.items() if k != "requested_at"},
                         {"version": 1, "request_id": a.json["request_id"], "to": number, "purpose": "login", "channel": ["sms"],
                          "template": "otp", "locale": "en-GB", "variables": {"app": "Acme"}, "ttl_seconds": 120, "code_length": 6,
                          "tenant": "acme", "user": "u-1", "client_ip": "203.0.113.9"})
        self.assertEqual(self.world.get("/v1/verifications/" + a.json["id"]).json["deliveries"][0]["request_id"], a.json["request_id"])

    def test_a_trace_goes_with_the_job(self):
        trace = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01"
        [(properties, _)] = self.jobs(self.send(headers={"traceparent": trace}).json["request_id"])
        self.assertEqual(properties.headers["traceparent"], trace)

    def test_a_send_without_a_channel_leaves_the_choice_to_the_worker(self):
        a = self.send()
        self.assertEqual((a.status, a.json["channel"], a.json["purpose"]), (202, "sms", "default"))
        [(_, body)] = self.jobs(a.json["request_id"])
        self.assertNotIn("channel", json.loads(body))

    def test_a_repeat_gets_the_stored_answer_again(self):
        number, id = new_number(), new_id()
        first = self.send(number, request_id=id)
        again = self.send(number, headers={"Idempotency-Key": id})
        self.assertEqual((again.status, again.json), (202, first.json))
        self.assertEqual(self.world.db.one("select count(*) from otp.delivery where number = %s", number), 1)

    def test_a_repeat_gets_the_stored_answer_also_where_the_text_went_by_another_channel(self):
        number, id = new_number(), new_id()
        first = self.send(number, request_id=id, channel=["whatsapp", "sms"])
        self.world.texted(number=number, request_id=id)
        self.assertEqual(self.world.get("/v1/verifications/" + first.json["id"]).json["deliveries"][0]["channel"], "sms")
        again = self.send(number, request_id=id, channel=["whatsapp", "sms"])
        self.assertEqual((first.json["channel"], again.status, again.json), ("whatsapp", 202, first.json))

    def test_the_same_id_for_something_else_is_a_conflict(self):
        number, id = new_number(), new_id()
        self.send(number, request_id=id)
        for a in (self.send(request_id=id), self.send(number, request_id=id, purpose="login"),
                  self.send(number, self.world.other_key, request_id=id)):
            self.assertEqual((a.status, a.json["code"]), (409, "request_id_conflict"))

    def test_ids_of_body_and_header_must_agree(self):
        a = self.send(request_id=new_id(), headers={"Idempotency-Key": new_id()})
        self.assertEqual((a.status, a.json["errors"][0]["field"]), (400, "request_id"))
        self.assertEqual(self.send(headers={"Idempotency-Key": "once"}).status, 400)

    def test_a_second_send_waits_for_the_ladder_once_the_first_was_attempted(self):
        number, id = self.world.texted()
        a = self.send(number)
        self.assertEqual((a.status, a.json["code"]), (429, "resend_too_soon"))
        self.assertIn(int(a.headers["Retry-After"]), range(25, 31))
        self.world.db.pass_time(number, 31)
        a = self.send(number)
        self.assertEqual((a.status, a.json["id"], a.json["next_send_in_seconds"]), (202, id, 60))

    def test_the_sixth_send_in_ten_minutes_is_limited_by_number(self):
        number = new_number()
        statuses = [self.send(number, purpose=f"p{i}").status for i in range(5)]
        a = self.send(number, purpose="p6")
        self.assertEqual((statuses, a.status, a.json["code"], a.json["rule"]), ([202] * 5, 429, "rate_limited", "limit_number"))
        self.assertIn(int(a.headers["Retry-After"]), range(590, 601))

    def test_the_sixty_first_send_in_an_hour_is_limited_by_address(self):
        self.world.db.rows("insert into otp.send_budget (tenant, kind, subject, times) values ('acme', 'i', '203.0.113.77', "
                           "array_fill(clock_timestamp(), array[60]))")
        a = self.send(client_ip="203.0.113.77")
        self.assertEqual((a.status, a.json["code"], a.json["rule"]), (429, "rate_limited", "limit_ip"))

    def test_every_wrong_field_is_named_and_none_is_shown(self):
        a = self.world.post("/v1/verifications", {
            "to": "+14155550100123456789", "channel": "pigeon", "purpose": "A", "ttl_seconds": 5, "code_length": "6", "client_ip": "localhost",
            "variables": {"a": 1}, "request_id": "1", "tenant": "other", "requested_at": "2026-01-01T00:00:00Z", "version": 1, "colour": "red"})
        self.assertEqual((a.status, a.type, a.json["code"]), (400, "application/problem+json", "invalid_request"))
        wrong = {e["field"] for e in a.json["errors"]}
        self.assertEqual(wrong, {"to", "channel", "purpose", "ttl_seconds", "code_length", "client_ip", "variables", "request_id", "tenant",
                                 "requested_at", "version", "colour"})
        self.assertNotIn("14155550100", a.text)
        a = self.world.post("/v1/verifications", {})
        self.assertEqual([(e["field"], e["code"]) for e in a.json["errors"]], [("to", "missing_field")])
        self.assertEqual(self.send("4155550100").status, 400)       # no default region here
        self.assertEqual(self.send(purpose=None, channel=None).status, 202)

    def test_a_number_without_plus_is_read_in_the_default_region(self):
        local = Verify(self.world.database, self.world.vhost.url(), OTP_DEFAULT_REGION="US")
        self.addCleanup(local.kill)
        a = local.call("POST", "/v1/verifications", {"to": "(415) 555-2671"}, self.world.key)
        self.assertEqual((a.status, a.json["to"]), (202, "+1415****671"))


class cut_short(Case):
    def setUp(self):
        self.gate = Gate(self.world.vhost.host, self.world.vhost.port)
        self.addCleanup(self.gate.close)
        self.verify = Verify(self.world.database, self.world.vhost.url(self.gate.port))
        self.addCleanup(self.verify.kill)

    def send(self, id, **more):
        return self.verify.call("POST", "/v1/verifications", {"to": self.number, "request_id": id, **more}, self.world.key)

    def test_a_process_that_dies_before_it_published_leaves_the_row_due(self):
        self.number, id = new_number(), new_id()
        self.gate.hold()
        connection = self.verify.connection()
        self.addCleanup(connection.close)
        connection.request("POST", "/v1/verifications", json.dumps({"to": self.number, "request_id": id}),
                           {"Authorization": "Bearer " + self.world.key})
        eventually("the stored row", lambda: self.row(id))
        self.verify.kill()
        self.assertEqual(self.row(id), ("queued", False, True, True))
        self.assertEqual(self.jobs(id), [])
        self.world.db.rows("update otp.delivery set sweep_at = clock_timestamp() where request_id = %s", id)
        [due] = [r for r in self.world.db.call("select * from otp.sweep_due()") if r.request_id == id]
        self.assertEqual(json.loads(bytes(due.job))["to"], self.number)

    def test_without_the_broker_a_send_is_stored_and_answered_503(self):
        self.number, id = new_number(), new_id()
        self.gate.cut()
        eventually("not ready", lambda: self.verify.call("GET", "/readyz").status == 503)
        a = self.send(id)
        self.assertEqual((a.status, a.json["code"], a.json["request_id"]), (503, "broker_unavailable", id))
        self.assertIn("Retry-After", a.headers)
        self.assertEqual(self.row(id), ("queued", False, True, True))
        self.gate.mend()
        eventually("ready again", lambda: self.verify.call("GET", "/readyz").status == 200)
        again = self.send(id)       # only now the broker has it, and 202 means that it has
        self.assertEqual(again.status, 202)
        self.assertEqual(self.row(id), ("queued", True, False, True))
        self.assertEqual(len(self.jobs(id)), 1)

    def test_a_repeat_publishes_the_job_that_was_stored_whatever_it_asks_for(self):
        self.number, id = new_number(), new_id()
        self.gate.cut()
        eventually("not ready", lambda: self.verify.call("GET", "/readyz").status == 503)
        self.assertEqual(self.send(id, locale="de").status, 503)
        self.gate.mend()
        eventually("ready again", lambda: self.verify.call("GET", "/readyz").status == 200)
        self.assertEqual(self.send(id, locale="fr").status, 202)
        self.assertEqual([json.loads(body)["locale"] for _, body in self.jobs(id)], ["de"])


if __name__ == "__main__":
    unittest.main()
