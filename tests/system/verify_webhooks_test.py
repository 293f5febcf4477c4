#!/usr/bin/python3
"""What providers may tell otp-verify, and what they are answered; signatures are computed anew here."""
import hashlib
import json
import unittest
import urllib.parse

from sandbox_fixture import TOKEN
from twilio_receipt import FORM, signature, twilio_receipt
from verify_service import Gate, Verify, World, database_url, environment, eventually, new_id

SECRET = "0123456789abcdef0123456789abcdef"
PUBLIC = "https://otp.example.com"      # of a proxy that ends TLS; otp-verify itself hears plain HTTP on another port
SETTINGS = {"OTP_CALLBACK_URL": PUBLIC, "TWILIO_AUTH_TOKEN": TOKEN, "GUPSHUP_WEBHOOK_SECRET": SECRET}


class Case(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.world = World(**SETTINGS)
        cls.addClassCleanup(cls.world.close)
        cls.db = cls.world.db

    def sent(self, message=None, route="twilio/sms"):
        job, _ = self.db.send(route=route)
        self.db.finish(job.id, 1, "accepted", message=message or "SM" + job.id, index=True)
        return job

    def status(self, job):
        return self.db.delivery(job.id)[0]

    def post(self, path, body, headers=FORM, verify=None, method="POST"):
        return (verify or self.world.verify).call(method, path, body, headers=headers)

    def twilio(self, request, status="delivered", attempt=1, base=PUBLIC, verify=None, headers=(), **more):
        path, body, signed = twilio_receipt(base, request, attempt, status, **more)
        return self.post(path, body, {**signed, **dict(headers)}, verify)

    def count(self, **labels):
        wanted = [f'{name}="{value}"' for name, value in labels.items()]
        return sum(float(line.rsplit(" ", 1)[1]) for line in self.world.get("/metrics").text.splitlines()
                   if line.startswith("otp_verify_receipts_total") and all(w in line for w in wanted))


class twilio(Case):
    def test_a_signed_receipt_is_stored_and_answered_204_with_nothing(self):
        job = self.sent()
        a = self.twilio(job.id)
        self.assertEqual((a.status, a.text, self.status(job)), (204, "", "delivered"))

    def test_a_repeated_one_is_answered_the_same_and_changes_nothing(self):
        job = self.sent()
        self.twilio(job.id)
        before = self.db.delivery(job.id, "*")
        self.assertEqual(self.twilio(job.id).status, 204)
        self.assertEqual(self.db.delivery(job.id, "*"), before)

    def test_one_for_an_unknown_attempt_is_kept(self):
        request = new_id()
        self.assertEqual(self.twilio(request).status, 204)
        self.assertEqual(self.db.rows("select request_id::text, attempt, status from otp.parked_receipt where provider_message_id = %s", "SM" + request),
                         [(request, 1, "delivered")])

    def test_without_the_right_signature_nothing_is_stored_and_it_is_counted(self):
        job = self.sent()
        path = f"/webhooks/twilio/{job.id}/1"
        body = b"MessageSid=SM1&MessageStatus=delivered"
        right = signature(PUBLIC + path, [("MessageSid", "SM1"), ("MessageStatus", "delivered")])
        before, events = self.count(provider="twilio", result="forged"), self.db.events(job.id)
        for changed, headers in ((body, {}), (body, {"X-Twilio-Signature": ""}), (body, {"X-Twilio-Signature": ("B" if right[0] == "A" else "A") + right[1:]}),
                                 (body + b"&a=1", {"X-Twilio-Signature": right}),
                                 (body, {"X-Twilio-Signature": signature("http://127.0.0.1" + path, [("MessageSid", "SM1"), ("MessageStatus", "delivered")])})):
            a = self.post(path, changed, {**FORM, **headers})
            self.assertEqual((a.status, a.json["code"]), (403, "wrong_signature"))
        self.assertEqual((self.status(job), self.db.events(job.id)), ("sent", events))
        self.assertEqual(self.count(provider="twilio", result="forged"), before + 5)

    def test_while_tokens_change_both_are_believed_and_no_third(self):
        for tokens, wanted in ((("1" * 32, TOKEN), 204), ((TOKEN, "1" * 32), 204), (("1" * 32, "2" * 32), 403)):
            settings = dict(zip(("TWILIO_AUTH_TOKEN", "TWILIO_AUTH_TOKEN_PREVIOUS"), tokens))
            verify = Verify(self.world.database, self.world.vhost.url(), **{**SETTINGS, **settings})
            self.addCleanup(verify.kill)
            job = self.sent()
            self.assertEqual(self.twilio(job.id, verify=verify).status, wanted)
            self.assertEqual(self.status(job), "delivered" if wanted == 204 else "sent")

    def test_hosts_and_proxies_words_change_nothing(self):
        job = self.sent()
        lies = {"Host": "evil.example", "X-Forwarded-Host": "evil.example", "X-Forwarded-Proto": "http"}
        self.assertEqual(self.twilio(job.id, headers=lies).status, 204)
        self.assertEqual(self.twilio(job.id, base="http://evil.example", headers=lies).status, 403)

    def test_the_port_of_the_url_may_be_signed_or_not(self):
        for signed in ("https://otp.example.com", "https://otp.example.com:443"):
            self.assertEqual(self.twilio(self.sent().id, base=signed).status, 204, signed)
        other = Verify(self.world.database, self.world.vhost.url(), **{**SETTINGS, "OTP_CALLBACK_URL": "http://otp.example.com:8443/"})
        self.addCleanup(other.kill)
        for signed, status in (("http://otp.example.com:8443", 204), ("http://otp.example.com", 204), ("https://otp.example.com:8443", 403)):
            self.assertEqual(self.twilio(self.sent().id, base=signed, verify=other).status, status, signed)

    def test_a_json_body_is_taken_by_its_hash_in_the_signed_url(self):
        job = self.sent()
        body = json.dumps({"MessageSid": "SM" + job.id, "MessageStatus": "undelivered", "ErrorCode": 30452}).encode()
        path = f"/webhooks/twilio/{job.id}/1"
        hashed = path + "?bodySHA256=" + hashlib.sha256(body).hexdigest()
        for target, sent, status in ((path, body, 403), (hashed, body + b" ", 403), (hashed, body, 204)):
            headers = {"Content-Type": "application/json", "X-Twilio-Signature": signature(PUBLIC + target)}
            self.assertEqual(self.post(target, sent, headers).status, status)
        self.assertEqual(self.db.delivery(job.id), ("undelivered", "30452"))

    def test_a_path_that_names_no_attempt_is_404(self):
        for request, attempt in (("7", 1), (new_id(), "0"), (new_id(), "x"), (new_id(), "99999")):
            self.assertEqual(self.twilio(request, attempt=attempt).status, 404)

    def test_a_word_nobody_knows_is_an_event_and_no_more(self):
        job = self.sent()
        self.assertEqual(self.twilio(job.id, "partially_delivered").status, 204)
        self.assertEqual(self.status(job), "sent")

    def test_where_receipts_cannot_be_checked_all_are_refused(self):
        for missing in ("OTP_CALLBACK_URL", "TWILIO_AUTH_TOKEN"):
            other = Verify(self.world.database, self.world.vhost.url(), **{**SETTINGS, missing: None})
            self.addCleanup(other.kill)
            self.assertEqual(self.twilio(self.sent().id, verify=other).status, 403, missing)


class an_account_refused(Case):
    def setUp(self):
        self.db.rows("truncate otp.pause")
        self.verify = Verify(self.world.database, self.world.vhost.url(), **SETTINGS)
        self.addCleanup(self.verify.kill)

    def told(self):
        return [json.loads(line) for line in self.verify.log if '"event":"account_refused"' in line]

    def test_by_receipts_rests_for_a_minute_at_all_workers_and_is_told_once(self):
        for _ in range(3):
            self.assertEqual(self.twilio(self.sent().id, "failed", verify=self.verify, ErrorCode="30002").status, 204)
        eventually("the lane is paused", lambda: self.db.rows("select name from otp.pauses()") == [("twilio/sms",)])
        eventually("operators are told", self.told)
        self.assertEqual([(line["level"], line["provider"], line["channel"], line["error_code"]) for line in self.told()],
                         [("error", "twilio", "sms", "30002")])
        self.assertEqual(self.db.one("select count(*) from otp.pause where ended_at = since + interval '60 s'"), 1)

    def test_by_a_receipt_of_another_fault_or_of_nobodys_message_is_none(self):
        self.twilio(self.sent().id, "failed", verify=self.verify, ErrorCode="30008")
        self.twilio(new_id(), "failed", verify=self.verify, ErrorCode="30002")
        self.twilio(self.sent().id, "failed", verify=self.verify, ErrorCode="63051")
        eventually("the lane is paused by the last", lambda: len(self.told()) == 1)
        self.assertEqual(self.told()[0]["error_code"], "63051")
        self.assertEqual(self.db.one("select count(*) from otp.pause"), 1)


class gupshup(Case):
    WHATSAPP, SMS = "/webhooks/gupshup/" + SECRET, "/webhooks/gupshup-sms/" + SECRET

    def sent(self, channel="sms"):
        return super().sent(message="G" + new_id(), route="gupshup/" + channel)

    def id_of(self, job):
        return self.db.attempt(job.id, 1, "provider_message_id")

    def test_events_of_both_versions_are_stored_and_answered_200_with_nothing(self):
        one, two, three = (self.sent("whatsapp") for _ in range(3))
        version_2 = {"app": "A", "timestamp": 1, "version": 2, "type": "message-event", "payload": {
            "id": "w1", "gsId": self.id_of(one), "type": "delivered", "destination": one.number[1:], "payload": {"ts": 1}}}
        version_3 = {"object": "whatsapp_business_account", "entry": [{"changes": [{"field": "messages", "value": {"statuses": [
            {"gs_id": self.id_of(two), "id": "w2", "status": "read"},
            {"gs_id": self.id_of(three), "id": "w3", "status": "failed", "errors": [{"code": 131049}]}]}}]}]}
        for body in (version_2, version_3):
            a = self.post(self.WHATSAPP, json.dumps(body).encode(), {"Content-Type": "application/json"})
            self.assertEqual((a.status, a.text), (200, ""))
        self.assertEqual([self.db.delivery(j.id) for j in (one, two, three)], [("delivered", None), ("delivered", None), ("undelivered", "131049")])

    def test_a_late_failure_is_known_by_whatsapps_id_alone(self):
        job = self.sent("whatsapp")
        for payload in ({"id": self.id_of(job), "type": "enqueued", "payload": {"whatsappMessageId": "w-" + job.id}},
                        {"id": "w-" + job.id, "type": "failed", "payload": {"code": 1026}}):
            body = json.dumps({"version": 2, "type": "message-event", "payload": payload}).encode()
            self.assertEqual(self.post(self.WHATSAPP, body, {"Content-Type": "application/json"}).status, 200)
        self.assertEqual(self.db.delivery(job.id), ("undelivered", "1026"))

    def test_reports_come_by_query_or_form(self):
        one, two, three = (self.sent() for _ in range(3))
        query = urllib.parse.urlencode({"externalId": self.id_of(one), "deliveredTS": "1", "status": "SUCCESS", "errCode": "000", "phoneNo": "14155550100"})
        self.assertEqual(self.post(self.SMS + "?" + query, None, {}, method="GET").status, 200)
        array = json.dumps([{"externalId": self.id_of(job), "eventType": "DELIVERED", "errCode": "000"} for job in (two, three)])
        a = self.post(self.SMS, urllib.parse.urlencode({"response": array}).encode())
        self.assertEqual((a.status, a.text), (200, ""))
        self.assertEqual([self.status(j) for j in (one, two, three)], ["delivered"] * 3)

    def test_twenty_reports_with_unquoted_ids_are_all_taken(self):
        jobs, reports = [], []
        for place in range(20):
            id = f"33345454{place}-{new_id().replace('-', '')[:8]}".translate(str.maketrans("abcdef", "123456"))
            jobs.append(super().sent(message=id, route="gupshup/sms"))
            reports.append('{"externalId": %s, "eventType":"FAILED","cause":"BLOCKED","errCode":007}' % id)
        self.assertEqual(self.post(self.SMS, urllib.parse.urlencode({"response": f"[{','.join(reports)}]"}).encode()).status, 200)
        self.assertEqual({self.db.delivery(j.id) for j in jobs}, {("undelivered", "007")})

    def test_reports_may_be_the_array_itself_and_forms_need_not_be_encoded(self):
        one, two, three = (self.sent() for _ in range(3))
        array = json.dumps([{"externalId": self.id_of(one), "eventType": "DELIVERED", "errCode": "000"}]).encode()
        form = f"externalId={self.id_of(two)}&status=FAILURE&cause=UNKNOWN SUBSCRIBER, 100%&errCode=003\r\n".encode()
        number = urllib.parse.urlencode({"externalId": self.id_of(three), "status": "FAILURE", "errCode": "14155550500"}).encode()
        for body, headers in ((array, {"Content-Type": "application/json"}), (form, FORM), (number, FORM)):
            self.assertEqual(self.post(self.SMS, body, headers).status, 200)
        self.assertEqual([self.db.delivery(j.id) for j in (one, two, three)], [("delivered", None), ("undelivered", "003"), ("undelivered", None)])

    def test_what_is_no_receipt_is_answered_200_and_left(self):
        before = self.count(result="unreadable")
        for path, body in ((self.WHATSAPP, b'{"type":"user-event","payload":{}}'), (self.WHATSAPP, b"nonsense"), (self.SMS, b"response=x"), (self.SMS, b"")):
            self.assertEqual(self.post(path, body).status, 200)
        self.assertEqual(self.count(result="unreadable"), before + 3)

    def test_under_a_wrong_secret_there_is_nothing(self):
        without = Verify(self.world.database, self.world.vhost.url(), **{**SETTINGS, "GUPSHUP_WEBHOOK_SECRET": None})
        self.addCleanup(without.kill)
        job = self.sent()
        body = urllib.parse.urlencode({"externalId": self.id_of(job), "status": "SUCCESS"}).encode()
        for secret in ("x", SECRET[:-1] + "0", SECRET + "0", SECRET.upper()):
            for path in ("/webhooks/gupshup/", "/webhooks/gupshup-sms/"):
                a = self.post(path + secret, body)
                self.assertEqual((a.status, a.type), (404, "application/problem+json"), secret)
        self.assertEqual(self.post(self.SMS, body, verify=without).status, 404)
        self.assertEqual(self.status(job), "sent")


class every_route(Case):
    def test_another_method_is_405_with_allow(self):
        for method, path, allowed in (("GET", f"/webhooks/twilio/{new_id()}/1", {"POST"}), ("PUT", "/webhooks/gupshup/" + SECRET, {"POST"}),
                                      ("DELETE", "/webhooks/gupshup-sms/" + SECRET, {"GET", "HEAD", "POST"})):
            a = self.post(path, None, {}, method=method)
            self.assertEqual((a.status, set(a.headers["Allow"].split(", "))), (405, allowed), path)

    def test_bodies_may_have_64_kib_here_and_16_elsewhere(self):
        paths = (f"/webhooks/twilio/{new_id()}/1", "/webhooks/gupshup/" + SECRET, "/webhooks/gupshup-sms/" + SECRET)
        for path, within in zip(paths, (403, 200, 200)):
            self.assertEqual(self.post(path, b"a=" + b"1" * 65534).status, within, path)
            self.assertEqual(self.post(path, b"a=" + b"1" * 65535).status, 413, path)
        self.assertEqual(self.world.post("/v1/check", b" " * 16385).status, 413)

    def test_while_the_database_is_away_receipts_are_to_come_again(self):
        url = environment("DATABASE_URL").rpartition("@")[2].partition("/")[0]
        host, _, port = url.rpartition(":")
        gate = Gate(host, int(port))
        self.addCleanup(gate.close)
        verify = Verify(self.world.database, self.world.vhost.url(),
                        **{**SETTINGS, "DATABASE_URL": database_url(self.world.database.name).replace(url, f"127.0.0.1:{gate.port}")})
        self.addCleanup(verify.kill)
        job = self.sent()
        gate.cut()
        report = urllib.parse.urlencode({"externalId": "1-2", "status": "SUCCESS"}).encode()
        for a in (self.twilio(job.id, verify=verify), self.post("/webhooks/gupshup-sms/" + SECRET, report, verify=verify)):
            self.assertEqual(a.status, 503)
            self.assertIn("Retry-After", a.headers)
        gate.mend()
        eventually("stored", lambda: self.twilio(job.id, verify=verify).status == 204)
        self.assertEqual(self.status(job), "delivered")

    def test_while_the_broker_is_away_an_outcome_is_stored_and_stays_to_be_told(self):
        gate = Gate(self.world.vhost.host, self.world.vhost.port)
        self.addCleanup(gate.close)
        verify = Verify(self.world.database, self.world.vhost.url(gate.port), **SETTINGS)
        self.addCleanup(verify.kill)
        job = self.sent()
        gate.cut()
        self.assertEqual(self.twilio(job.id, verify=verify).status, 204)
        eventually("it says that nobody was told", lambda: any('"event":"events_not_published"' in line for line in verify.log))
        self.assertEqual(self.db.rows("select status from otp.untold_event where request_id = %s", job.id), [("delivered",)])

    def test_no_log_line_holds_the_secret_or_a_number(self):
        self.post("/webhooks/gupshup-sms/" + SECRET, b"response=x")
        log = "".join(self.world.verify.log)
        self.assertNotIn(SECRET, log)
        self.assertNotIn(SECRET, self.world.get("/metrics").text)

    def test_a_short_secret_or_a_callback_url_that_is_none_ends_the_start_with_78(self):
        for wrong in ({"GUPSHUP_WEBHOOK_SECRET": "x" * 31}, {"OTP_CALLBACK_URL": "otp.example.com"},
                      {"OTP_CALLBACK_URL": "https://otp_verify.example.com"}, {"OTP_RECEIPT_FAILOVER": "maybe"}):
            verify = Verify(self.world.database, self.world.vhost.url(), wait=False, **{**SETTINGS, **wrong})
            self.addCleanup(verify.kill)
            self.assertEqual(verify.ended(), 78)
            self.assertIn(next(iter(wrong)), "".join(verify.log))


if __name__ == "__main__":
    unittest.main()
