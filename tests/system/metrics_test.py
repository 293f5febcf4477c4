#!/usr/bin/python3
"""What running programs show at /metrics is what docs/metrics.md explains, and says what happened to some jobs and checks."""
import os
import re
import sys
import unittest

from sandbox_fixture import TOKEN
from jobs import HASH_KEYS, digits
from programs import ROOT, await_that, free_port
from stack import StackTest
from verify_service import Verify

sys.path.insert(0, os.path.join(ROOT, "tests", "unit"))
from documented_metrics import documented  # noqa: E402

SAMPLE = re.compile(r'(\w+)(?:\{(.*)\})? (\S+)$')
TENANT = "default"  # of otp-verify without keys


def parse(text):
    """What one scrape shows: the type of each name, and the samples as (name, labels, value)."""
    types, samples = {}, []
    for line in text.splitlines():
        if line.startswith("# TYPE "):
            _, _, name, kind = line.split(" ")
            assert name not in types, name + " stands twice"
            types[name] = kind
        elif not line.startswith("# HELP "):
            name, labels, value = SAMPLE.match(line).groups()
            samples.append((name, dict(re.findall(r'(\w+)="((?:[^"\\]|\\.)*)"', labels or "")), float(value)))
    return types, samples


class Metrics(StackTest):
    workers_at_start = 1

    @classmethod
    def setUpClass(cls):
        public = f"http://127.0.0.1:{free_port()}"
        # After the worker's first finish, whose plans are still to be made: or it finds the job delivered already.
        cls.sandbox_settings = {"OTP_CALLBACK_URL": public, "SANDBOX_RECEIPT_DELAY_MS": "2000"}
        cls.settings = {"OTP_CALLBACK_URL": public}
        super().setUpClass()
        cls.verify = Verify(cls.database, cls.broker.url, OTP_LISTEN=public.removeprefix("http://"), OTP_CALLBACK_URL=public,
                            TWILIO_AUTH_TOKEN=TOKEN, OTP_AUTH="off", OTP_HASH_KEYS=HASH_KEYS)
        cls.addClassCleanup(cls.verify.kill)

    def scrape(self):
        return {"otp-worker": self.worker.get("/metrics")[1], "otp-verify": self.verify.call("GET", "/metrics").text,
                "otp-sandbox": self.sandbox.ask("GET", "/metrics").text}

    def value(self, program, metric, **labels):
        """The sum of the samples with these labels."""
        return sum(value for name, has, value in parse(self.scrape()[program])[1]
                   if name == metric and all(has.get(k) == v for k, v in labels.items()))

    def check(self, number, code):
        return self.verify.call("POST", "/v1/check", {"to": number, "code": code, "purpose": "login"})

    def some_traffic(self):
        """A text that is delivered and checked, wrongly and rightly; one that is refused; a message that is no job."""
        job = self.send(tenant=TENANT)
        self.await_status(job, "delivered")
        code = digits(self.texts(job["to"])[0]["text"])
        self.assertEqual(self.check(job["to"], "%06d" % (999999 - int(code))).json["status"], "pending")
        self.assertEqual(self.check(job["to"], code).json["status"], "approved")
        self.await_status(self.send("+19735550101"), "failed")
        self.broker.publish("no job", type="send-otp", content_type="application/json")
        await_that(lambda: self.broker.depth("otp.dead") > 0, "it lies on otp.dead")

    def test_1_every_metric_is_there_from_the_start_and_none_else(self):
        for program, text in self.scrape().items():
            with self.subTest(program):
                types, samples = parse(text)
                expected = {one.name: one.type for one in documented().values() if program in one.programs}
                self.assertEqual(types, expected, "left: " + program + ", right: docs/metrics.md")
                self.check_labels(samples, types)

    def test_2_some_traffic_is_counted_by_what_became_of_it(self):
        self.some_traffic()
        lane = {"provider": "twilio", "channel": "sms"}
        for program, expected, metric, labels in (
            ("otp-worker", 3, "otp_jobs_taken_total", {}),
            ("otp-worker", 1, "otp_deliveries_total", {"status": "sent"}),
            ("otp-worker", 1, "otp_deliveries_total", {"status": "failed"}),
            ("otp-worker", 1, "otp_jobs_buried_total", {"reason": "not_json"}),
            ("otp-worker", 1, "otp_attempts_total", {**lane, "end": "accepted", "class": "none"}),
            ("otp-worker", 1, "otp_attempts_total", {**lane, "end": "refused", "class": "number"}),
            ("otp-worker", 2, "otp_provider_call_seconds_count", lane),
            ("otp-worker", 2, "otp_queue_wait_seconds_count", {}),
            ("otp-worker", 1, "otp_texts_accepted_total", {**lane, "country": "US"}),
            ("otp-worker", 1, "otp_text_segments_total", {**lane, "country": "US"}),
            ("otp-worker", 0, "otp_breaker_open", lane),
            ("otp-worker", 0, "otp_deadline_misses_total", {}),
            ("otp-worker", 4, "otp_ready", {}),
            ("otp-worker", 2, "otp_amqp_up", {}),
            ("otp-verify", 1, "otp_checks_total", {"answer": "wrong"}),
            ("otp-verify", 1, "otp_checks_total", {"answer": "approved"}),
            ("otp-verify", 1, "otp_verifications_approved_total", {**lane, "country": "US"}),
            ("otp-verify", 2, "otp_verify_request_seconds_count", {"route": "/v1/check"}),
            ("otp-verify", 1, "otp_receipt_statuses_total", {**lane, "status": "delivered"}),
            ("otp-verify", 1, "otp_receipt_seconds_count", lane),
            ("otp-verify", 2, "otp_ready", {}),
            ("otp-sandbox", 1, "otp_sandbox_requests_total", {"provider": "twilio", "end": "accepted"}),
        ):
            with self.subTest(metric, **labels):
                await_that(lambda e=expected, p=program, m=metric, w=labels: self.value(p, m, **w) == e, f"{metric} {labels} is {expected}", limit=10)

    def test_3_dead_letters_are_seen_without_being_counted_by_a_process(self):
        await_that(lambda: self.value("otp-worker", "otp_dead_letter_messages") == self.broker.depth("otp.dead"), "the depth of otp.dead")
        await_that(lambda: self.value("otp-worker", "otp_queue_messages") == 0, "the depth of otp.send")

    def test_4_labels_hold_neither_numbers_nor_ids(self):
        for program, text in self.scrape().items():
            types, samples = parse(text)
            self.check_labels(samples, types)
            self.assertNotRegex(text, r"\d{10}|[0-9a-f]{8}-[0-9a-f]{4}", program)

    def test_5_a_scrape_costs_no_more_than_some_milliseconds(self):
        def took():
            samples = parse(self.scrape()["otp-verify"])[1]
            total = [v for n, has, v in samples if n == "otp_verify_request_seconds_sum" and has["route"] == "/metrics"]
            count = [v for n, has, v in samples if n == "otp_verify_request_seconds_count" and has["route"] == "/metrics"]
            return total[0] / count[0]

        for _ in range(10):
            self.scrape()
        self.assertLess(took(), 0.1)

    def check_labels(self, samples, types):
        known = documented()
        for name, labels, _ in samples:
            base = name if name in types else re.sub(r"_(bucket|sum|count)$", "", name)
            extra = {"le"} if name.endswith("_bucket") and types[base] == "histogram" else set()
            self.assertEqual(set(labels), known[base].labels | extra, name)
            for label in set(labels) - {"le", "version"}:
                self.assertNotRegex(labels[label], r"\d{7}", name)


if __name__ == "__main__":
    unittest.main()
