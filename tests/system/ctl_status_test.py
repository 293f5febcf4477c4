#!/usr/bin/python3
"""otpctl status: "no code came at 10:14" is answered in one look, by a role that may only read, with no number and no code in it."""
import json
import re
import unittest
import urllib.error
import urllib.request

from ctl_case import CONFIGURATION, USAGE, auditor_url, otpctl
from jobs import digits, new_number
from programs import await_that, run_otpctl
from worker_receipts_test import ReceiptsTest


class Answers(ReceiptsTest):
    def status(self, *words, code=0, url=None):
        out, err = otpctl(["status", *words], {"DATABASE_URL": url or auditor_url(self.database)}, code)
        return out if code == 0 else err

    def closing(self, *words):
        return self.status(*words).strip().rsplit("\n", 1)[1]

    def test_a_text_is_followed_from_provider_to_provider(self):
        job = self.send("+19705550115")
        self.await_status(job, "delivered")
        at = self.database.one("select to_char(created_at at time zone 'UTC', 'HH24:MI') from otp.delivery where request_id = %s", job["request_id"])
        text = self.status(job["to"], "--at", at, "--tenant", job["tenant"])
        self.assertRegex(text.strip().rsplit("\n", 1)[1],
                         r"^Twilio accepted it; the carrier reported 30003 \(handset off.*\) at [\d:]{8}; Gupshup delivered it at [\d:]{8}\.$")
        for part in ("requested for +1970****115", "attempt 1 by Twilio, sms: begun", "receipt of Twilio, sms: undelivered, 30003",
                     "attempt 2 by Gupshup, sms: accepted", "ended as delivered"):
            self.assertIn(part, text)
        self.assertNotIn(job["to"][1:], text)
        self.assertNotIn(digits(self.texts(job["to"])[0]["text"]), text)
        self.assertEqual(text, self.status(job["request_id"]).replace(job["request_id"] + ": 1", "+1970****115: 1"), "by id it is the same")

    def test_a_refusal_names_the_rule_and_what_it_counted(self):
        number, tenant = new_number(), "limited"
        for place in range(5):
            self.await_status(self.send(number, tenant=tenant, purpose=f"p{place}"), "sent", "delivered")
        refused = self.send(number, tenant=tenant, purpose="one-too-many")
        self.await_status(refused, "rejected")
        self.assertEqual(self.closing(refused["request_id"]),
                         "Refused: too many texts to this number, 5 in the 10 minutes before it and 5 in the 24 hours (rule limit_number).")
        self.assertTrue(self.closing(number, "--tenant", tenant).endswith("(rule limit_number)."))
        self.assertIn("No request for +1415****", self.status(number, "--tenant", "another"))

    def test_a_number_that_nobody_asked_a_code_for_is_told_apart(self):
        number = new_number()
        text = self.status(number)
        self.assertIn("No request for +1415****", text)
        self.assertNotIn(number[1:], text)

    def test_wrong_codes_are_told_with_their_times(self):
        job = self.send()
        self.await_status(job, "delivered")
        settings = {"DATABASE_URL": self.database.url}
        key = run_otpctl(["apikey", "create", "--tenant", job["tenant"]], settings).strip()
        body = json.dumps({"to": job["to"], "code": "000000", "purpose": "login"}).encode()
        host, port = self.verify.address
        request = urllib.request.Request(f"http://{host}:{port}/v1/check", body, {"Authorization": "Bearer " + key, "Content-Type": "application/json"})
        with urllib.request.urlopen(request) as answer:
            self.assertFalse(json.load(answer)["valid"])
        text = self.status(job["request_id"])
        self.assertRegex(text, r"\d\d:\d\d:\d\d\.\d{3}      wrong code entered\n")
        self.assertTrue(text.strip().endswith("1 wrong code was entered."), text)

    def test_json_holds_the_same(self):
        job = self.send()
        self.await_status(job, "delivered")
        told = json.loads(self.status(job["to"], "--json"))
        self.assertEqual((told["asked_for"], told["about"]), (re.sub(r"^(\+.{4}).*(...)$", r"\1****\2", job["to"]), job["request_id"]))
        self.assertEqual([d["status"] for d in told["deliveries"]], ["delivered"])
        self.assertIn("Twilio delivered it", told["answer"])
        self.assertNotIn(job["to"][1:], json.dumps(told))

    def test_more_requests_than_are_shown_are_told_of(self):
        number = new_number()
        for purpose in ("first", "second"):
            self.await_status(self.send(number, purpose=purpose), "delivered")
        reader = {"DATABASE_URL": auditor_url(self.database)}
        told = lambda limit: otpctl(["status", number, "--json", "--limit", limit], reader)  # noqa: E731
        out, err = told("1")
        self.assertEqual([d["purpose"] for d in json.loads(out)["deliveries"]], ["second"])
        self.assertEqual(err, "the newest 1; --limit N shows more, if there are\n")
        self.assertEqual(told("3")[1], "")

    def test_a_pause_is_named_where_it_kept_the_text_back(self):
        admin = {"DATABASE_URL": self.database.url}
        for provider in ("twilio", "gupshup"):
            otpctl(["pause", "provider", provider, "--reason", "account review"], admin)
            self.addCleanup(otpctl, ["resume", "provider", provider], admin)
        paused = lambda: json.loads(self.worker.get("/readyz")[1]).get("paused", [])  # noqa: E731
        await_that(lambda: len(paused()) == 2, "the worker knows of both")
        job = self.send(ttl_seconds=60)
        row = lambda: self.database.delivery(job["request_id"])  # noqa: E731
        await_that(row, "it is recorded, or ends", limit=80)
        self.await_status(job, "expired", limit=80)
        closing = self.closing(job["request_id"])
        self.assertIn("Not sent: the code was too old", closing)
        self.assertIn("Meanwhile provider twilio was paused (account review).", closing)

    def test_who_may_not_read_is_told_which_role_may(self):
        told = self.status(new_number(), code=CONFIGURATION, url=self.database.worker_url)
        self.assertIn("otp_auditor", told)

    def test_what_is_neither_id_nor_number_is_wrong_usage(self):
        for words in ([], ["pigeon"], ["12345"], [new_number(), "--at", "tea time"], ["a", "b"]):
            self.status(*words, code=USAGE)


if __name__ == "__main__":
    unittest.main()
