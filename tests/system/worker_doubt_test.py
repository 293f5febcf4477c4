"""A text that may have been sent is never posted again to the same provider. It is looked up there; where that tells nothing, the
same code goes by another one, or by none where that is the policy."""

import unittest
import uuid

from jobs import new_number, now
from programs import await_that
from stack import StackTest

# Magic numbers of Twilio alone: what happens there, whether a text comes all the same, and what is recorded.
DOUBTS = [
    ("+19705550107", "server error", False, "20500"),
    ("+19705550109", "no answer", False, "no_answer"),
    ("+19705550110", "no answer, but sent", True, "no_answer"),
    ("+19705550112", "closed, but sent", True, "no_answer"),
    ("+19705550113", "half an answer, but sent", True, "lost_answer"),
    ("+19705550114", "server error, but sent", True, "20500"),
]


class DoubtTest(StackTest):
    def await_doubt(self, job):
        """The first attempt, once it was in doubt; a look-up may have settled it since."""

        def doubted():
            return [e for e in self.database.delivery_events(job["request_id"]) if e["kind"] == "in_doubt"]

        await_that(doubted, "an attempt in doubt")
        return self.database.attempts(job["request_id"])[0]

    def assert_no_provider_twice(self, number):
        by = [text["provider"] for text in self.texts(number)]
        self.assertEqual(len(by), len(set(by)), by)


class ResendByAnother(DoubtTest):
    def test_what_the_provider_lists_was_sent_and_else_the_same_code_goes_by_the_other(self):
        jobs = [self.send(number) for number, *_ in DOUBTS]
        doubts = [self.await_doubt(job) for job in jobs]
        for job, doubt, (number, name, is_sent, error) in zip(jobs, doubts, DOUBTS):
            with self.subTest(name=name):
                self.assertEqual((doubt["provider"], doubt["attempt"], doubt["error_code"]), ("twilio", 1, error))
                row = self.await_status(job, "sent")
                by = "twilio" if is_sent else "gupshup"
                self.assertEqual((row["provider"], row["attempts"]), (by, 1 if is_sent else 2))
                [text] = self.texts(number)
                self.assertEqual(text["provider"], by)
                self.assert_code_matches(job)
                attempts = self.database.attempts(job["request_id"])
                self.assertEqual([a["state"] for a in attempts], ["accepted"] if is_sent else ["in_doubt", "accepted"])
                if is_sent:
                    self.assertEqual(attempts[0]["provider_message_id"], text["message_id"])
                else:  # A receipt had its time to settle it.
                    pause = attempts[1]["started_at"] - attempts[0]["finished_at"]
                    self.assertGreaterEqual(pause.total_seconds(), 8)
                kinds = [event["kind"] for event in self.database.delivery_events(job["request_id"])]
                self.assertEqual(kinds.count("in_doubt"), 1, kinds)
                [event] = self.await_events(job)
                self.assertEqual((event["event"], event["provider"]), ("delivery.sent", by))
        self.await_nothing_left()

    def test_where_every_provider_leaves_a_doubt_nobody_is_asked_twice(self):
        job = self.send("+19735550107", ttl_seconds=60)
        row = self.await_status(job, "failed", "expired", "sent", limit=90)
        self.assertEqual((row["status"], row["reason"], row["attempts"]), ("expired", "in_doubt", 2))
        self.assertEqual([a["state"] for a in self.database.attempts(job["request_id"])], ["in_doubt", "in_doubt"])
        self.assertEqual(self.texts(job["to"]), [])

    def test_a_job_whose_attempt_is_anothers_is_put_back_and_not_sent(self):
        job = self.job()
        self.begin_as_somebody_else(job, "6 s")
        before = self.worker.metric("otp_jobs_begun_total", verdict="leased")
        self.broker.publish(job)
        await_that(
            lambda: self.worker.metric("otp_jobs_begun_total", verdict="leased") > before, "the lease was met"
        )
        self.assertEqual(self.texts(job["to"]), [])
        [attempt] = self.database.attempts(job["request_id"])
        self.assertEqual((attempt["state"], attempt["owner"]), ("started", "somebody else"))
        # Nobody ended it in its time: it is in doubt then.
        row = self.await_status(job, "sent")
        self.assertEqual(row["provider"], "gupshup")
        self.assertEqual([a["state"] for a in self.database.attempts(job["request_id"])], ["in_doubt", "accepted"])
        self.assertEqual([text["provider"] for text in self.texts(job["to"])], ["gupshup"])

    def begin_as_somebody_else(self, job, lease):
        self.database.rows(
            """select * from otp.begin_sends('somebody else', %s::interval, array[%s]::uuid[], array[%s], array[%s], array[%s],
                 array[null]::text[], array[null]::text[], array['sms'], array['otp'], array['en'],
                 array['twilio/sms,gupshup/sms'], array[%s]::timestamptz[], array[300], array[null]::bytea[],
                 array[null]::text[], array[%s]::uuid[], array['c1'], array['h1'], array['\\x00']::bytea[], array[6])""",
            lease,
            job["request_id"],
            job["tenant"],
            job["to"],
            job["purpose"],
            job["requested_at"],
            str(uuid.uuid4()),
        )


class Hold(DoubtTest):
    settings = {"OTP_IN_DOUBT": "hold"}

    def test_nobody_else_is_asked_and_what_the_provider_does_not_list_expires_in_doubt(self):
        listed, unlisted = (self.send(number, ttl_seconds=60, requested_at=now(-25)) for number in ("+19705550112", "+19705550111"))
        for job in (listed, unlisted):
            self.await_doubt(job)
        ends = ((listed, "sent", None, 1), (unlisted, "expired", "in_doubt", 0))
        for job, status, reason, texts in ends:
            row = self.await_status(job, "expired", "failed", "sent", limit=90)
            self.assertEqual((row["status"], row["reason"], row["attempts"]), (status, reason, 1))
            [event] = self.await_events(job)
            self.assertEqual((event["event"], event["reason"]), ("delivery." + status, reason))
            self.assertEqual(len(self.texts(job["to"])), texts)
        self.await_status(self.send(new_number()), "sent")


class ManyDoubts(DoubtTest):
    sandbox_settings = {"SANDBOX_DOUBT_RATE": "0.1"}
    settings = {"OTP_CONCURRENCY": "32"}

    def test_among_many_jobs_with_lost_answers_no_provider_texts_one_number_twice(self):
        jobs = [self.send(ttl_seconds=90) for _ in range(60)]
        texts = 0
        for job in jobs:
            row = self.await_status(job, "sent", "expired", limit=150)
            if row["status"] == "expired":  # both providers left a doubt
                self.assertEqual(row["reason"], "in_doubt")
            self.assert_no_provider_twice(job["to"])
            self.assert_code_matches(job)
            texts += len(self.texts(job["to"]))
        doubts = self.database.one("select count(*) from otp.delivery_event where kind = 'in_doubt'")
        self.assertGreater(doubts, 0)
        self.assertLessEqual(texts, len(jobs) + doubts)


if __name__ == "__main__":
    unittest.main()
