#!/usr/bin/python3
"""otpctl export, purge, send-test, keys and capacity, on real servers."""
import csv
import io
import json
import os
import stat
import tempfile
import unittest

from ctl_case import CONFIGURATION, UNAVAILABLE, USAGE, auditor_url, json_lines, otpctl
from jobs import digits, new_number, now
from programs import await_that
from stack import StackTest


class Export(StackTest):
    def setUp(self):
        self.reader = {"DATABASE_URL": auditor_url(self.database)}
        self.range = ["--from", now(-3600), "--to", now(3600)]

    def export(self, what, *words):
        return otpctl(["export", what, *self.range, *words], self.reader)[0]

    def test_deliveries_are_csv_of_rfc_4180_with_masked_numbers(self):
        jobs = [self.send(user='say "hi", a\nb'), self.send()]
        for job in jobs:
            self.await_status(job, "sent", "delivered")
        text = self.export("deliveries")
        head, *rows = list(csv.reader(io.StringIO(text, newline="")))
        self.assertEqual(head[:4], ["request_id", "verification_id", "tenant", "number"])
        self.assertTrue(text.endswith("\r\n"))
        by_id = {row[0]: dict(zip(head, row)) for row in rows}
        self.assertEqual(by_id[jobs[0]["request_id"]]["user"], 'say "hi", a\nb')
        self.assertEqual(by_id[jobs[1]["request_id"]]["user"], "")
        for job in jobs:
            self.assertNotIn(job["to"][1:], text)
        self.assertEqual([r[head.index("created_at")] for r in rows], sorted(r[head.index("created_at")] for r in rows))

    def test_json_is_an_object_a_line_and_a_tenant_sees_its_own(self):
        mine, other = self.send(), self.send()
        for job in (mine, other):
            self.await_status(job, "sent", "delivered")
        for what in ("deliveries", "attempts", "events"):
            lines = json_lines(self.export(what, "--format", "json", "--tenant", mine["tenant"]))
            self.assertEqual({line["request_id"] for line in lines}, {mine["request_id"]}, what)
            self.assertEqual({line["tenant"] for line in lines}, {mine["tenant"]}, what)
        [attempt] = json_lines(self.export("attempts", "--format", "json", "--tenant", mine["tenant"]))
        self.assertEqual((attempt["attempt"], attempt["provider"], attempt["http_status"]), (1, "twilio", 201))

    def test_more_than_a_page_comes_whole_and_nothing_outside_the_range(self):
        self.database.rows("insert into otp.delivery (request_id, tenant, number, purpose, status, requested_at, deadline, created_at)"
                           " select gen_random_uuid(), 'old', '+14155550100', 'login', 'failed', t, t, t from"
                           " (select timestamptz '2020-01-01T00:00:00Z' + n * interval '1 s' as t from generate_series(0, 4999) as n) as x")
        words = ["export", "deliveries", "--from", "2020-01-01T00:00:00Z", "--to", "2020-01-01T01:00:00Z"]
        self.assertEqual(len(otpctl(words, self.reader)[0].splitlines()), 3601)

    def test_wrong_usage_is_told(self):
        for words in (["deliveries"], ["planets", *self.range], ["events", "--from", "today", "--to", now()], ["events", *self.range, "--format", "xml"],
                      ["events", "--from", now(5), "--to", now()]):
            otpctl(["export", *words], self.reader, USAGE)


class Purge(StackTest):
    workers_at_start = 0

    def test_old_rows_go_young_ones_stay_and_a_dry_run_tells_before(self):
        admin = {"DATABASE_URL": self.database.url, "OTP_RETENTION_DAYS": "10"}
        self.database.rows("insert into otp.delivery (request_id, tenant, number, purpose, status, requested_at, deadline, created_at)"
                           " select gen_random_uuid(), 'acme', '+14155550100', 'login', 'sent', t, t, t from"
                           " unnest(array[now() - interval '11 days', now() - interval '9 days']) as t")
        self.database.rows("create table otp.delivery_event_20200101 partition of otp.delivery_event for values from ('2020-01-01') to ('2020-01-02')")
        self.database.rows("insert into otp.pause values ('provider', 'twilio', 'r', 'w', now() - interval '20 days', now() - interval '15 days')")
        dry = json.loads(otpctl(["purge", "--dry-run", "--json"], admin)[0])
        self.assertEqual((dry["requests"], dry["partitions"], dry["days"]), (1, ["delivery_event_20200101"], 10))
        self.assertEqual(self.database.one("select count(*) from otp.delivery"), 2)
        self.assertIn("1 days of events dropped; kept are 10 days", otpctl(["purge"], admin)[0])
        self.assertEqual(self.database.one("select count(*) from otp.delivery"), 1)
        self.assertEqual(self.database.one("select count(*) from otp.pause"), 0)
        self.assertIsNone(self.database.one("select to_regclass('otp.delivery_event_20200101')::text"))
        self.assertIn("0 days of events dropped", otpctl(["purge", "--days", "30"], admin)[0])


class SendTest(StackTest):
    settings = {"OTP_CODE_LENGTH": "8"}

    def test_a_real_text_goes_out_and_is_followed_to_its_end(self):
        admin = {"DATABASE_URL": self.database.url, "AMQP_URL": self.broker.url}
        number = new_number()
        text, _ = otpctl(["send-test", number, "--channel", "sms", "--provider", "twilio"], admin)
        [sent] = self.texts(number)
        self.assertEqual(len(digits(sent["text"])), 8, "the code is as the worker has it configured")
        self.assertIn("Twilio accepted it", text)
        self.assertNotIn(number[1:], text)
        told = json.loads(otpctl(["send-test", new_number(), "--json"], admin)[0])
        self.assertEqual(told["deliveries"][0]["purpose"], "otpctl-test")
        _, err = otpctl(["send-test", new_number(), "--provider", "gupshup"], admin, CONFIGURATION)
        self.assertIn("twilio sent it, not gupshup", err)

    def test_an_unknown_provider_is_wrong_usage_and_nothing_is_sent(self):
        admin = {"DATABASE_URL": self.database.url, "AMQP_URL": self.broker.url}
        number = new_number()
        _, err = otpctl(["send-test", number, "--provider", "twillio"], admin, USAGE)
        self.assertIn("unknown provider twillio; the nearest known one is twilio", err)
        self.assertEqual(self.texts(number), [])

    def test_a_refused_one_ends_with_its_reason(self):
        admin = {"DATABASE_URL": self.database.url, "AMQP_URL": self.broker.url}
        out, _ = otpctl(["send-test", new_number(), "--channel", "voice"], admin, UNAVAILABLE)
        self.assertIn("Refused: no provider is configured for a channel that the request allows", out)


class Keys(StackTest):
    def test_a_new_key_is_one_that_the_programs_take(self):
        for kind in ("code", "hash", "device"):
            self.assertRegex(otpctl(["keys", "new", kind, "--id", "k7"], {})[0], "^k7:[0-9a-f]{64}\n$")
        with tempfile.TemporaryDirectory() as folder:
            path = os.path.join(folder, "proof.pem")
            self.assertEqual(otpctl(["keys", "new", "proof", "--id", "p1", "--out", path], {})[0], f"p1:{path}\n")
            self.assertEqual(stat.S_IMODE(os.stat(path).st_mode), 0o600)
            with open(path, encoding="ascii") as file:
                self.assertIn("BEGIN PRIVATE KEY", file.read())
            self.assertIn("cannot be written", otpctl(["keys", "new", "proof", "--out", path], {}, USAGE)[1], "it overwrites nothing")

    def test_a_new_key_has_an_id_that_no_other_key_has(self):
        ids = {otpctl(["keys", "new", "code"], {})[0].partition(":")[0] for _ in range(3)}
        self.assertEqual(len(ids), 3, ids)
        listed = {"OTP_CODE_KEYS": "k1:" + "01" * 32 + "\n", "OTP_PROOF_KEYS": "p1:/there.pem, k1:/here.pem"}
        for words in (["rotate", "code"], ["new", "code"], ["new", "proof", "--out", "/nowhere/proof.pem"]):
            out, err = otpctl(["keys", *words, "--id", "k1"], listed, USAGE)
            self.assertEqual((out, "--id: k1 is listed already" in err), ("", True), (words, err))
        self.assertTrue(otpctl(["keys", "new", "hash", "--id", "k1"], listed)[0].startswith("k1:"), "lists are apart")
        broken = {"OTP_CODE_KEYS": "k1:1234"}
        self.assertTrue(otpctl(["keys", "new", "code", "--id", "k2"], broken)[0].startswith("k2:"), "a new key may mend what is wrong")

    def test_the_values_of_a_rotation_are_one_line_each(self):
        key = "k1:" + "01" * 32
        for given in (key + "\n", " " + key + " ,\n  k0:" + "02" * 32 + "\r\n"):
            steps = json.loads(otpctl(["keys", "rotate", "code", "--id", "k2", "--json"], {"OTP_CODE_KEYS": given})[0])["steps"]
            for step in steps:
                self.assertRegex(step["value"], "^k[0-2]:[0-9a-f]{64}(,k[0-2]:[0-9a-f]{64})*$")

    def test_a_rotation_keeps_old_codes_checkable_until_its_last_step(self):
        settings = self.usual_settings()
        told = json.loads(otpctl(["keys", "rotate", "code", "--id", "c2", "--json"], settings)[0])
        last, first, alone = [step["value"] for step in told["steps"]]
        self.assertEqual(last.split(",")[0], settings["OTP_CODE_KEYS"])
        self.assertEqual((first.split(",")[0], first.split(",")[1]), (last.split(",")[1], settings["OTP_CODE_KEYS"]))
        self.assertEqual(alone, first.split(",")[0])
        self.await_status(self.send(), "sent", "delivered")
        reader = {"DATABASE_URL": auditor_url(self.database)}
        check = lambda keys, code=0: otpctl(["keys", "check", "--json"], {**reader, "OTP_CODE_KEYS": keys}, code)[0]  # noqa: E731
        for keys in (last, first):
            [used] = [line for line in json_lines(check(keys)) if line["setting"] == "OTP_CODE_KEYS"]
            self.assertEqual((used["id"], used["listed_here"]), ("c1", "yes"))
            self.assertGreater(used["codes"], 0)
        [used] = [line for line in json_lines(check(alone, CONFIGURATION)) if line["setting"] == "OTP_CODE_KEYS"]
        self.assertEqual(used["listed_here"], "NO")
        self.database.rows("update otp.verification set code_expires_at = now() - interval '1 s'")
        await_that(lambda: json_lines(check(alone)) == [], "no code needs the old key")

    def test_capacity_is_calculated_without_any_server(self):
        told = json.loads(otpctl(["capacity", "--rate", "1000", "--latency", "300", "--json"], {})[0])
        self.assertEqual((told["in_flight"], told["database_connections"]), (600, 3 * told["workers"]))
        self.assertIn("First limit: ", otpctl(["capacity", "--rate", "10"], {})[0])
        otpctl(["capacity"], {}, USAGE)


if __name__ == "__main__":
    unittest.main()
