#!/usr/bin/python3
"""Receipts that come at once share a statement, and each is answered, stored and told as if it had come alone."""
import concurrent.futures
import contextlib
import json
import re
import unittest
import urllib.parse

from sandbox_fixture import TOKEN
from twilio_receipt import FORM, twilio_receipt
from verify_service import Verify, World, database_url, eventually, new_id

SECRET = "0123456789abcdef0123456789abcdef"
PUBLIC = "https://otp.example.com"


class Case(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.world = World()
        cls.addClassCleanup(cls.world.close)
        # One that waits for the test's locks for as long as it waits for anything.
        patient = database_url(cls.world.database.name).replace("lock_timeout%3D2s", "lock_timeout%3D20s")
        assert "lock_timeout%3D20s" in patient
        cls.verify = Verify(cls.world.database, cls.world.vhost.url(), DATABASE_URL=patient, OTP_CALLBACK_URL=PUBLIC, TWILIO_AUTH_TOKEN=TOKEN,
                            GUPSHUP_WEBHOOK_SECRET=SECRET)
        cls.addClassCleanup(cls.verify.kill)
        cls.crowd = concurrent.futures.ThreadPoolExecutor(32)
        cls.addClassCleanup(cls.crowd.shutdown)

    def setUp(self):
        self.db = self.world.db

    def sent(self, provider="twilio"):
        job, _ = self.db.send(route=f"{provider}/sms")
        message = "SM" + job.id if provider == "twilio" else new_id()
        self.db.finish(job.id, 1, "accepted", message=message, index=provider == "gupshup")
        job.message = message
        return job

    def post(self, job, status="delivered"):
        path, body, headers = twilio_receipt(PUBLIC, job.id, 1, status, **({"ErrorCode": "30452"} if status == "undelivered" else {}))
        return self.verify.call("POST", path, body, headers=headers).status

    def ask(self, *given):
        return self.crowd.submit(self.post, *given)

    def reports(self, jobs):
        array = json.dumps([{"externalId": job.message, "eventType": "DELIVERED", "errCode": "000"} for job in jobs])
        return self.verify.call("POST", "/webhooks/gupshup-sms/" + SECRET, urllib.parse.urlencode({"response": array}).encode(), headers=FORM).status

    def status(self, job):
        return self.db.delivery(job.id)[0]

    def number_of(self, metric):
        return sum(float(value) for value in re.findall(rf"^{re.escape(metric)} (\S+)$", self.verify.call("GET", "/metrics").text, re.MULTILINE))

    def statements(self, call="receipt"):
        return self.number_of(f'otp_verify_batch_requests_count{{call="{call}"}}')

    def blocked(self):
        return self.db.one("select count(*) from pg_stat_activity where datname = %s and wait_event_type = 'Lock'", self.world.database.name)

    @contextlib.contextmanager
    def one_under_way(self):
        """It waits until the block ends, and what comes within it gathers. Gives what it will be answered."""
        job = self.sent()
        session = self.world.database.session()
        try:
            session.rows("begin")
            session.rows("select from otp.delivery_attempt where request_id = %s for update", job.id)
            first = self.ask(job)
            eventually("its statement waits", lambda: self.blocked() == 1)
            yield first
        finally:
            session.rows("rollback")
            session.close()

    def gathered(self, count):
        eventually(f"{count} receipts wait", lambda: self.number_of("otp_receipts_waiting") == count)

    @contextlib.contextmanager
    def refused(self, job):
        """The database takes nothing about this one."""
        self.db.rows("create function public.refuse() returns trigger language plpgsql as 'begin raise exception ''no''; end'")
        self.db.rows(f"create trigger refuse before update on otp.delivery for each row when (new.request_id = '{job.id}') execute function public.refuse()")
        try:
            yield
        finally:
            self.db.rows("drop trigger refuse on otp.delivery")
            self.db.rows("drop function public.refuse()")


class batches(Case):
    def test_one_alone_is_a_statement_at_once(self):
        before = self.statements()
        for count in (1, 2, 3):
            self.assertEqual(self.post(self.sent()), 204)
            self.assertEqual(self.statements() - before, count)

    def test_those_that_come_while_one_is_under_way_share_a_statement_and_each_has_its_outcome(self):
        before = self.statements()
        delivered, failed, other = self.sent(), self.sent(), self.sent("gupshup")
        unknown = new_id()
        with self.one_under_way() as first:
            asked = [self.ask(delivered), self.ask(failed, "undelivered")]
            asked += [self.crowd.submit(self.reports, [other]),
                      self.crowd.submit(lambda: self.verify.call("POST", *twilio_receipt(PUBLIC, unknown)[:2], headers=twilio_receipt(PUBLIC, unknown)[2]).status)]
            self.gathered(4)
        self.assertEqual([one.result() for one in (first, *asked)], [204, 204, 204, 200, 204])
        self.assertEqual(self.statements() - before, 2)
        self.assertEqual([self.db.delivery(job.id) for job in (delivered, failed, other)], [("delivered", None), ("undelivered", "30452"), ("delivered", None)])
        self.assertEqual(self.db.one("select count(*) from otp.parked_receipt where request_id = %s", unknown), 1)

    def test_those_for_one_request_go_one_after_the_other_as_they_came(self):
        before = self.statements()
        job, other = self.sent(), self.sent()
        with self.one_under_way():
            asked = []
            for count, word in enumerate(("sent", "undelivered", "delivered"), 1):
                asked.append(self.ask(job, word))
                self.gathered(count)
            asked.append(self.ask(other))
            self.gathered(4)
        self.assertEqual({one.result() for one in asked}, {204})
        self.assertEqual(self.statements() - before, 4)
        self.assertEqual(self.db.rows("select status from otp.delivery_event where request_id = %s and kind = 'receipt' order by at", job.id),
                         [("accepted",), ("undelivered",), ("delivered",)])
        self.assertEqual((self.status(job), self.status(other)), ("delivered", "delivered"))

    def test_the_reports_of_one_body_share_a_statement(self):
        before = self.statements()
        jobs = [self.sent("gupshup") for _ in range(20)]
        self.assertEqual(self.reports(jobs), 200)
        self.assertEqual({self.status(job) for job in jobs}, {"delivered"})
        self.assertEqual(self.statements() - before, 1)

    def test_each_outcome_of_a_batch_is_told_once(self):
        channel = self.world.vhost.channel()
        self.addCleanup(channel.connection.close)
        queue = channel.queue_declare("", exclusive=True).method.queue
        channel.queue_bind(queue, "otp.events", "delivery.#")
        jobs = [self.sent("gupshup") for _ in range(20)]
        self.assertEqual(self.reports(jobs + jobs[:5]), 200)
        self.assertEqual(self.reports(jobs), 200)
        eventually("all of them are told", lambda: not self.db.one("select count(*) from otp.untold_event where request_id = any (%s::uuid[])", [j.id for j in jobs]))
        told = []
        while (message := channel.basic_get(queue, auto_ack=True))[0]:
            told.append(json.loads(message[2])["request_id"])
        self.assertEqual(sorted(told), sorted(job.id for job in jobs))


class faults(Case):
    def test_one_that_the_database_refuses_harms_no_other_of_its_batch(self):
        bad, good, other = self.sent(), self.sent(), self.sent()
        before = self.statements("receipt_alone")
        with self.refused(bad):
            with self.one_under_way():
                asked = [self.ask(job) for job in (bad, good, other)]
                self.gathered(3)
            self.assertEqual([one.result() for one in asked], [503, 204, 204])
        self.assertEqual([self.status(job) for job in (bad, good, other)], ["sent", "delivered", "delivered"])
        self.assertEqual(self.statements("receipt_alone") - before, 3)
        self.assertEqual(self.post(bad), 204)
        self.assertEqual(self.status(bad), "delivered")

    def test_a_body_of_which_one_cannot_be_stored_comes_again_and_the_others_are_stored(self):
        jobs = [self.sent("gupshup") for _ in range(5)]
        with self.refused(jobs[2]):
            self.assertEqual(self.reports(jobs), 503)
        self.assertEqual([self.status(job) for job in jobs], ["delivered"] * 2 + ["sent"] + ["delivered"] * 2)
        self.assertEqual(self.reports(jobs), 200)
        self.assertEqual({self.status(job) for job in jobs}, {"delivered"})

    def test_where_the_connection_is_lost_the_one_under_way_comes_again_and_those_that_wait_are_stored(self):
        jobs = [self.sent() for _ in range(3)]
        with self.one_under_way() as first:
            asked = [self.ask(job) for job in jobs]
            self.gathered(3)
            self.db.rows("select pg_terminate_backend(pid) from pg_stat_activity where datname = %s and wait_event_type = 'Lock'", self.world.database.name)
            self.assertEqual(first.result(), 503)
            self.assertEqual([one.result() for one in asked], [204] * 3)
        self.assertEqual({self.status(job) for job in jobs}, {"delivered"})


if __name__ == "__main__":
    unittest.main()
