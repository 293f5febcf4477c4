"""docs/asyncapi.yaml is true: each of its jobs is published, and what becomes of it is what the example says."""

import json
import os
import re
import unittest

import jsonschema
import yaml

from jobs import now
from programs import ROOT, await_that
from stack import StackTest

# Reasons that the schema of a job can know; the others need the worker's templates or tables.
SEEN_BY_SCHEMA = {"unknown_field", "missing_field", "invalid_field", "invalid_number", "unsupported_version"}


def description():
    with open(os.path.join(ROOT, "docs", "asyncapi.yaml"), encoding="utf-8") as file:
        return yaml.safe_load(file)


DOCUMENT = description()
MESSAGES = DOCUMENT["components"]["messages"]
JOBS = MESSAGES["SendOtp"]["examples"]


def validator(schema):
    return jsonschema.Draft7Validator({**schema, "components": DOCUMENT["components"]}, format_checker=jsonschema.draft7_format_checker)


JOB = validator({"$ref": "#/components/schemas/Job"})
OUTCOME = validator({"$ref": "#/components/schemas/Outcome"})
DEAD_HEADERS = validator(MESSAGES["DeadJob"]["headers"])


def promised(example):
    """(status or None for otp.dead, reason or None), as the summary says it."""
    found = re.match(r"(?:`(\w+)`|otp\.dead)(?:, reason `(\w+)`)?", example["summary"])
    if not found:
        raise AssertionError(f"{example['name']}: the summary does not begin with what becomes of it")
    return found.groups()


class Examples(StackTest):
    def publish(self, example):
        # A time in a document is past by the time it is read; only the example that is about that keeps it.
        job = dict(example["payload"])
        if "requested_at" in job and example["name"] != "tooLate":
            job["requested_at"] = now()
        self.broker.publish(job, example.get("headers"))
        return job

    def assert_dead(self, job, reason):
        await_that(lambda: self.broker.depth("otp.dead"), "a message on otp.dead")
        [(_, properties, body)] = self.broker.drain("otp.dead")
        self.assertEqual((properties.headers["x-otp-reason"], json.loads(body)), (reason, job))
        DEAD_HEADERS.validate(properties.headers)
        self.assertEqual((properties.type, properties.message_id), ("send-otp", job["request_id"]))
        if "to" in job:
            self.assertEqual(self.texts(job["to"]), [])

    def assert_outcome(self, example, job, status, reason):
        [told] = self.await_events(job)
        headers, key = told.pop("headers"), told.pop("routing_key")
        OUTCOME.validate(told)
        self.assertEqual((told["event"], key, told["reason"]), ("delivery." + status, "delivery." + status, reason))
        self.assertEqual(headers.get("traceparent"), example.get("headers", {}).get("traceparent"))
        for name in ("tenant", "user", "purpose"):
            self.assertEqual(told[name], job.get(name, None if name == "user" else "default"))
        self.assertEqual(len(self.texts(job["to"])), status == "sent")
        self.assertEqual(self.broker.depth("otp.dead"), 0)

    def test_every_job_ends_as_its_example_says(self):
        for example in JOBS:
            with self.subTest(example=example["name"]):
                status, reason = promised(example)
                job = self.publish(example)
                if status is None:
                    self.assert_dead(job, reason)
                else:
                    self.assert_outcome(example, job, status, reason)
        print(f"{len(JOBS)} examples of docs/asyncapi.yaml published")

    def test_the_schema_of_a_job_refuses_what_the_worker_refuses(self):
        for example in JOBS:
            with self.subTest(example=example["name"]):
                self.assertEqual(JOB.is_valid(example["payload"]), promised(example)[1] not in SEEN_BY_SCHEMA)


class Words(unittest.TestCase):
    def test_the_examples_of_events_keep_to_their_schemas(self):
        for message in (MESSAGES["Outcome"], MESSAGES["Abuse"]):
            for example in message["examples"]:
                validator(message["payload"]).validate(example["payload"])

    def test_the_reasons_are_those_of_errors_md(self):
        with open(os.path.join(ROOT, "docs", "errors.md"), encoding="utf-8") as file:
            section = file.read().split("## Why a job is on otp.dead\n", 1)[1].split("\n## ", 1)[0]
        documented = {line.split("`")[1] for line in section.splitlines() if line.startswith("| `")}
        self.assertEqual(set(MESSAGES["DeadJob"]["headers"]["properties"]["x-otp-reason"]["enum"]), documented)

    def test_each_example_is_one_of_its_own(self):
        ids = [example["payload"]["request_id"] for example in JOBS]
        self.assertEqual(len(ids), len(set(ids)))


if __name__ == "__main__":
    unittest.main()
