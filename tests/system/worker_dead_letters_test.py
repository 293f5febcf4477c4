"""Jobs that cannot be understood are kept on otp.dead with the reason, and the work goes on."""

import json
import os
import shutil
import tempfile
import unittest
import uuid

from jobs import new_number, now
from programs import ROOT, await_that
from stack import StackTest

BODY_LIMIT = 65536
NUMBER = "+14155550142"
HEADERS = {"traceparent": "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01", "x-producer": "shop", "x-n": 7}


def text(job, **changes):
    """The body of a job with these fields changed or added."""
    return json.dumps({**job, **changes})


def without(job, *names):
    return json.dumps({name: value for name, value in job.items() if name not in names})


# name, reason, a word of the detail, body made from a good job, the message's other properties.
# A body that is not an object of a job, or whose id is bad, tells no id; its message may.
CASES = [
    ("cut JSON", "not_json", "byte", lambda j: text(j)[:-1], {}),
    ("no JSON", "not_json", "byte", lambda j: "hello", {}),
    ("empty", "not_json", "byte", lambda j: "", {}),
    ("a zero byte", "not_json", "zero byte", lambda j: text(j) + "\0", {}),
    ("deep brackets", "not_json", "byte", lambda j: "[" * 60000, {}),
    ("an array", "not_an_object", "object", lambda j: "[" + text(j) + "]", {}),
    ("a byte order mark", "byte_order_mark", "byte order mark", lambda j: b"\xef\xbb\xbf" + text(j).encode(), {}),
    ("Latin-1", "not_utf8", "byte", lambda j: text(j, user="x").replace('"x"', '"J\xf6rg"').encode("latin-1"), {}),
    ("content type", "wrong_content_type", "application/json", text, {"content_type": "text/plain"}),
    ("type", "wrong_type", "send-otp", text, {"type": "send-mail"}),
    ("version 2", "unsupported_version", "version", lambda j: text(j, version=2, whatever=1), {}),
    ("version 0", "invalid_field", "version", lambda j: text(j, version=0), {}),
    ("a typo", "unknown_field", "purpos", lambda j: text(j, purpos="x"), {}),
    ("a name twice", "duplicate_field", "purpose", lambda j: text(j)[:-1] + ',"purpose":"login"}', {}),
    ("a variable twice", "duplicate_field", "app", lambda j: text(j)[:-1] + ',"variables":{"app":"a","app":"b"}}', {}),
    ("no number", "missing_field", "to", lambda j: without(j, "to"), {}),
    ("no id", "missing_field", "request_id", lambda j: without(j, "request_id"), {"message_id": None}),
    ("an id that is none", "invalid_field", "request_id", lambda j: text(j, request_id="42"), {"message_id": None}),
    ("an impossible number", "invalid_number", "to", lambda j: text(j, to="+14155"), {}),
    ("a number that no country has", "invalid_number", "to", lambda j: text(j, to="+99912345678"), {}),
    ("a number without plus", "invalid_number", "to", lambda j: text(j, to="4155550142"), {}),
    ("a number with spaces", "invalid_number", "to", lambda j: text(j, to="+1 415 555 0142"), {}),
    ("a number as number", "invalid_field", "to", lambda j: text(j, to=14155550142), {}),
    ("a number as purpose", "invalid_field", "purpose", lambda j: text(j, purpose=NUMBER), {}),
    ("a number as field", "unknown_field", "###", lambda j: text(j, **{NUMBER: 1}), {}),
    ("purpose", "invalid_field", "purpose", lambda j: text(j, purpose="Log in"), {}),
    ("tenant", "invalid_field", "tenant", lambda j: text(j, tenant="Acme"), {}),
    ("channel", "invalid_field", "channel", lambda j: text(j, channel="fax"), {}),
    ("no channel", "invalid_field", "channel", lambda j: text(j, channel=[]), {}),
    ("template", "invalid_field", "template", lambda j: text(j, template="../otp"), {}),
    ("locale", "invalid_field", "locale", lambda j: text(j, locale="en_GB"), {}),
    ("variables", "invalid_field", "variables", lambda j: text(j, variables=["a"]), {}),
    ("a variable that is no text", "invalid_field", "variables.app", lambda j: text(j, variables={"app": 1}), {}),
    ("a long variable", "invalid_field", "variables.app", lambda j: text(j, variables={"app": "a" * 257}), {}),
    ("a null variable", "invalid_field", "variables.app", lambda j: text(j, variables={"app": None}), {}),
    ("17 variables", "invalid_field", "16", lambda j: text(j, variables={f"v{i}": "" for i in range(17)}), {}),
    ("a short life", "invalid_field", "ttl_seconds", lambda j: text(j, ttl_seconds=59), {}),
    ("a long life", "invalid_field", "ttl_seconds", lambda j: text(j, ttl_seconds=601), {}),
    ("a life in words", "invalid_field", "ttl_seconds", lambda j: text(j, ttl_seconds="300"), {}),
    ("a short code", "invalid_field", "code_length", lambda j: text(j, code_length=3), {}),
    ("a long code", "invalid_field", "code_length", lambda j: text(j, code_length=11), {}),
    ("a time without zone", "invalid_field", "requested_at", lambda j: text(j, requested_at="2026-11-20T10:15:30"), {}),
    ("a time to come", "requested_in_future", "60 s", lambda j: text(j, requested_at=now(90)), {}),
    ("a long user", "invalid_field", "user", lambda j: text(j, user="u" * 129), {}),
    ("client_ip", "invalid_field", "client_ip", lambda j: text(j, client_ip="203.0.113.999"), {}),
    ("another message_id", "request_id_mismatch", "message_id", text, {"message_id": str(uuid.uuid4())}),
    ("a message_id that is none", "request_id_mismatch", "message_id", text, {"message_id": "42"}),
    ("template unknown", "unknown_template", "otp", lambda j: text(j, template=NUMBER[1:]), {}),
    ("variable unknown", "unknown_variable", "", lambda j: text(j, variables={"brand": "x"}), {}),
    ("variable missing", "missing_variable", "shop", lambda j: text(j, template="welcome"), {}),
    ("too large", "body_too_large", "65536", lambda j: text(j, user="u" * BODY_LIMIT), {}),
    ("10 MB", "body_too_large", "65536", lambda j: text(j, user="u" * 10_000_000), {}),
]

# Reasons of docs/errors.md that no producer can cause here: no queue of this configuration is pinned to a tenant, and
# whatever the parser lets through can be stored.
NOT_FROM_A_PRODUCER = {"wrong_tenant", "not_storable"}


class DeadLetters(StackTest):
    @classmethod
    def setUpClass(cls):
        folder = tempfile.mkdtemp(prefix="otp-templates-")
        cls.addClassCleanup(shutil.rmtree, folder)
        shutil.copytree(os.path.join(ROOT, "templates"), folder, dirs_exist_ok=True)
        os.mkdir(os.path.join(folder, "welcome"))
        with open(os.path.join(folder, "welcome", "en.txt"), "w", encoding="utf-8") as file:
            file.write("default: yes\nvariables: shop\n\n{code} is your code at {shop}.\n")
        cls.settings = {"OTP_TEMPLATES": folder}
        super().setUpClass()

    def await_dead(self):
        """The one message on otp.dead, which is taken away."""
        await_that(lambda: self.broker.depth("otp.dead"), "a message on otp.dead")
        [(_, properties, body)] = self.broker.drain("otp.dead")
        return properties, body

    def assert_going_on(self):
        self.await_status(self.send(), "sent")

    def test_whatever_cannot_be_understood_is_kept_with_its_reason(self):
        for name, reason, word, make, changed in CASES:
            with self.subTest(name=name):
                job = self.job(NUMBER)
                body = make(job)
                body = body.encode() if isinstance(body, str) else body
                properties = {
                    "content_type": "application/json",
                    "type": "send-otp",
                    "message_id": job["request_id"],
                    "correlation_id": "c-1",
                    "app_id": "shop",
                    "timestamp": 1700000000,
                    "priority": 3,
                }
                properties.update(changed)
                self.broker.publish(body, HEADERS, **properties)
                kept, bytes_kept = self.await_dead()

                self.assertEqual(kept.headers["x-otp-reason"], reason)
                self.assertIn(word, kept.headers["x-otp-detail"])
                for secret in ("4155550142", "14155", "99912345678"):
                    self.assertNotIn(secret, kept.headers["x-otp-detail"])
                self.assertEqual(bytes_kept, body[:BODY_LIMIT])
                for header, value in HEADERS.items():
                    self.assertEqual(kept.headers[header], value)
                added = set(kept.headers) - set(HEADERS) - {"x-delivery-count"}  # a quorum queue's own
                self.assertEqual(added, {"x-otp-reason", "x-otp-detail"})
                for property_name, value in properties.items():
                    self.assertEqual(getattr(kept, property_name), value, property_name)
                self.assertEqual(kept.delivery_mode, 2)
                self.assert_recorded(properties["message_id"], body, reason)
                self.assert_going_on()
        self.assertEqual(self.texts(NUMBER), [])
        self.assertNotIn("4155550142", self.worker.text)

    def assert_recorded(self, message_id, body, reason):
        """Where an id can be read, in the body or else in the message, there is a delivery that says why."""
        ids = []
        for read in (lambda: json.loads(body[:BODY_LIMIT])["request_id"], lambda: message_id):
            try:
                ids.append(str(uuid.UUID(read())))
            except (ValueError, TypeError, KeyError, AttributeError, RecursionError):
                pass
        if not ids:
            return
        row = await_that(lambda: self.database.delivery(ids[0]), "a delivery of " + ids[0])
        self.assertEqual((row["status"], row["reason"], row["attempts"]), ("rejected", reason, 0))
        self.assertEqual(row["number"], "")
        self.assertEqual(self.database.attempts(ids[0]), [])

    def test_a_request_id_used_for_something_else_changes_nothing(self):
        first = self.send()
        before = self.await_status(first, "sent")
        for changes in ({"to": new_number()}, {"tenant": "other"}, {"purpose": "payment"}):
            with self.subTest(changed=list(changes)):
                other = {**first, **changes}
                self.broker.publish(other)
                kept, body = self.await_dead()
                self.assertEqual(kept.headers["x-otp-reason"], "request_id_conflict")
                self.assertEqual(json.loads(body), other)
                self.assertNotIn(other["to"][2:], kept.headers["x-otp-detail"])
                self.assertEqual(self.database.delivery(first["request_id"]), before)
        self.assertEqual(len(self.texts(first["to"])), 1)
        self.assert_going_on()

    def test_one_that_comes_mended_under_its_id_is_new(self):
        for changes, status, reason in (({}, "sent", None), ({"channel": "voice"}, "rejected", "no_provider_for_channel")):
            with self.subTest(status=status):
                job = self.job(**changes)
                self.broker.publish({**job, "purpos": "login"})
                self.await_dead()
                self.broker.publish(job)
                [event] = self.await_events(job)
                self.assertEqual((event["event"], event["reason"]), ("delivery." + status, reason))
                row = self.database.delivery(job["request_id"])
                self.assertEqual((row["status"], row["reason"], row["number"]), (status, reason, job["to"]))

    def test_every_reason_that_is_documented_is_tried(self):
        with open(os.path.join(ROOT, "docs", "errors.md"), encoding="utf-8") as file:
            section = file.read().split("otp.dead\n", 1)[1].split("\n## ", 1)[0]
        documented = {line.split("`")[1] for line in section.splitlines() if line.startswith("| `")}
        tried = {case[1] for case in CASES} | {"request_id_conflict"}
        self.assertEqual(documented - tried, NOT_FROM_A_PRODUCER)
        self.assertEqual(tried - documented, set())

    def test_a_flood_of_broken_jobs_does_not_stop_good_ones(self):
        for _ in range(300):
            self.broker.publish("broken")
        job = self.send()
        self.await_status(job, "sent")
        await_that(lambda: self.broker.depth("otp.dead") == 300, "300 on otp.dead")
        self.broker.drain("otp.dead")
        self.await_nothing_left()


if __name__ == "__main__":
    unittest.main()
