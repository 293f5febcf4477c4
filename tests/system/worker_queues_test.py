#!/usr/bin/python3
"""Several queues on one database, as docs/scale.md has them: each with workers of its own, and spread by a consistent-hash exchange."""
import json
import unittest
import urllib.parse

from jobs import HASH_KEYS, new_number
from programs import await_that, run_otpctl
from stack import StackTest
from verify_service import Verify

QUEUES = ["otp.send.1", "otp.send.2"]


class QueuesOfTheirOwn(StackTest):
    workers_at_start = 0
    settings = {"OTP_SMS_PROVIDERS": "twilio"}  # so that a refusal for now is followed by a retry

    def test_workers_take_the_jobs_of_their_queue_alone_and_its_retries_come_back_to_it(self):
        large = self.start_worker(OTP_QUEUE="otp.send.large")
        await_that(large.is_ready, "the worker is ready")
        other = self.send()
        busy = self.job("+19705550106")  # slow down, says the provider, each time
        self.broker.publish(busy, routing_key="otp.send.large")
        await_that(lambda: len(self.database.attempts(busy["request_id"])) >= 2, "the job is tried again")
        self.assertIsNone(self.database.delivery(other["request_id"]))
        self.assertEqual(self.broker.depth("otp.send"), 1)
        await_that(lambda: large.metric("otp_queue_messages") == 0, "it has looked at its own queue, which is empty")

        usual = self.start_worker()
        self.await_status(other, "sent")
        self.assertEqual(usual.metric("otp_jobs_taken_total"), 1)

    def test_a_queue_that_is_pinned_to_a_tenant_serves_no_other(self):
        worker = self.start_worker(OTP_QUEUE="otp.send.acme", OTP_QUEUE_TENANT="acme")
        await_that(worker.is_ready, "the worker is ready")
        own = self.job(tenant="acme")
        others = [self.job(tenant="shop"), self.job(tenant=None)]
        for job in [*others, own]:
            self.broker.publish(job, routing_key="otp.send.acme")
        self.await_status(own, "sent")
        await_that(lambda: self.broker.depth("otp.dead") == 2, "the others on otp.dead")
        for _, properties, _ in self.broker.drain("otp.dead"):
            self.assertEqual(properties.headers["x-otp-reason"], "wrong_tenant")
            self.assertEqual(properties.headers["x-otp-detail"], "tenant: expected acme, to whom this queue is pinned")
        for job in others:
            self.assertEqual(self.texts(job["to"]), [])
            self.assertEqual(self.database.delivery(job["request_id"])["tenant"], "acme", "nothing is left with the others")


class AQueueOfOthers(StackTest):
    def test_that_is_full_and_refuses_events_stops_no_sending_and_gets_them_in_the_end(self):
        self.broker.channel.queue_declare("theirs", arguments={"x-max-length": 1, "x-overflow": "reject-publish"})
        self.broker.channel.queue_bind("theirs", "otp.events", "#")
        jobs = [self.send() for _ in range(12)]
        for job in jobs:
            self.await_status(job, "sent")
        untold = "select count(*) from otp.untold_event where request_id = any (%s::uuid[])"
        ids = [job["request_id"] for job in jobs]
        await_that(lambda: self.database.one(untold, ids) >= len(jobs) - 1, "the refused events are kept")
        self.workers[0].stop()
        self.assertEqual(self.broker.depth("otp.send"), 0, "no job is left")

        told = {json.loads(body)["request_id"] for _, _, body in self.broker.drain("theirs")}
        self.broker.channel.queue_delete("theirs")
        self.broker.listen()
        self.database.rows("update otp.untold_event set due_at = clock_timestamp() returning id")
        self.start_worker()
        await_that(lambda: told | {e["request_id"] for e in self.broker.events()} >= set(ids), "each is told")
        await_that(lambda: self.database.one(untold, ids) == 0, "and forgotten")


class SpreadQueues(StackTest):
    workers_at_start = 0

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        for queue in QUEUES:
            run_otpctl(["topology", "apply"], {"AMQP_URL": cls.broker.url, "OTP_QUEUE": queue})
        channel = cls.broker.channel
        channel.exchange_declare("otp.spread", "x-consistent-hash", durable=True, arguments={"hash-property": "message_id"})
        for queue in QUEUES:
            channel.queue_bind(queue, "otp.spread", "1")
        channel.exchange_bind("otp.spread", "otp", "send")
        channel.queue_unbind("otp.send", "otp", "send")

    def user_without_configure(self):
        """The URL of a user of the broker who may publish, and declare nothing."""
        name = "publisher-" + self.broker.name
        self.broker.manage("PUT", f"/users/{name}", {"password": "pw", "tags": ""})
        self.addCleanup(self.broker.manage, "DELETE", f"/users/{name}")
        self.broker.manage("PUT", f"/permissions/{self.broker.name}/{name}", {"configure": "^$", "write": r"^otp(\.events)?$", "read": "^$"})
        url = urllib.parse.urlsplit(self.broker.url)
        return url._replace(netloc=f"{name}:pw@{url.hostname}:{url.port}").geturl()

    def test_jobs_published_as_ever_are_spread_and_each_is_texted_once(self):
        workers = [self.start_worker(OTP_QUEUE=queue) for queue in QUEUES]
        for worker in workers:
            await_that(worker.is_ready, "the worker is ready")
        jobs = [self.send() for _ in range(60)]
        for job in jobs:
            self.await_status(job, "sent")
            self.assertEqual(len(self.texts(job["to"])), 1)
        taken = [worker.metric("otp_jobs_taken_total") for worker in workers]
        self.assertEqual(sum(taken), len(jobs))
        self.assertGreater(min(taken), 10, "both have their share")

        verify = Verify(self.database, self.user_without_configure(), OTP_AUTH="off", OTP_HASH_KEYS=HASH_KEYS)
        self.addCleanup(verify.kill)
        number = new_number()
        self.assertEqual(verify.call("POST", "/v1/verifications", {"to": number}).status, 202)
        await_that(lambda: self.texts(number), "the text of a send over HTTP")
        self.assertEqual(self.broker.depth("otp.send"), 0, "nothing goes there any more")
        self.assertIn("topology_not_declared", "".join(verify.log))


if __name__ == "__main__":
    unittest.main()
