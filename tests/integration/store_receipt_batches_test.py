#!/usr/bin/python3
"""Many receipts in one call: each has the outcome that it would have had by itself, and calls that meet never deadlock."""
import random
import unittest

import psycopg2

from store_case import StoreTest
from store_database import ROUTE, new_id, receipt_of


def one_by_one(db, receipts):
    return [db.record([one])[0] for one in receipts]


def in_one_batch(db, receipts):
    return db.record(receipts)


class Case(StoreTest):
    def begun(self, provider="twilio", **given):
        return self.db.send(route=f"{provider}/sms", **given)[0]

    def sent(self, provider="twilio", job=b"the message", **given):
        return self.db.sent(job, provider == "gupshup", route=f"{provider}/sms", **given)

    def told(self, answers):
        """What each receipt was answered, without what differs between two jobs of one kind."""
        return [(a.answer, a.event_id is not None, a.status, a.provider, a.channel, a.reason, a.after_ms is not None) for a in answers]

    def left(self, job):
        """What is stored of it afterwards."""
        return (self.db.delivery(job.id, "status, reason, attempts, receipt_retry, sweep_at is not null, finished_at is not null, provider, channel"),
                self.db.rows("select attempt, state, error_code, bars_channel from otp.delivery_attempt where request_id = %s order by 1", job.id),
                self.db.rows("select kind, status, error_code from otp.delivery_event where request_id = %s order by at", job.id),
                self.db.untold(job.id),
                self.db.rows("select status, fail_over from otp.parked_receipt where strpos(provider_message_id, %s) > 0 order by at", job.id),
                self.db.one("select count(*) from otp.provider_message where request_id = %s", job.id))


class outcomes(Case):
    def jobs_of_each_kind(self):
        """Jobs, each with the receipts that come for it, in their order."""
        def named(job, *words, **more):
            return [receipt_of("M" + job.id, word, "30003" if word == "undelivered" else None, job.id, 1, **more) for word in words]

        def by_id(job, *words, id="M", **more):
            return [receipt_of(id + job.id, word, provider="gupshup", **more) for word in words]
        for words in (["accepted"], ["accepted", "delivered"], ["delivered", "accepted"], ["delivered", "undelivered"], ["undelivered", "delivered"],
                      ["undelivered", "undelivered"], ["delivered", "delivered"], ["ignored", "accepted", "ignored"]):
            yield from ((job, named(job, *words)) for job in (self.sent(), self.sent(job=None)))
            job = self.sent("gupshup")
            yield job, by_id(job, *words)
            job = self.begun()          # before its answer
            yield job, named(job, *words)
            job = self.begun("gupshup")
            yield job, by_id(job, *words)
            job = self.db.doubted()
            yield job, by_id(job, *words, id="X", number=job.number)
        job = self.sent()
        yield job, named(job, "undelivered", fail_over=False, switch=False)
        job = self.sent()
        yield job, named(job, "undelivered", fail_over=False)
        job = self.sent()
        yield job, named(job, "delivered", provider="gupshup")      # not the attempt's
        job = self.sent("gupshup")
        yield job, by_id(job, "accepted", second="W" + job.id) + by_id(job, "undelivered", id="W")

    def test_are_those_of_the_receipts_one_by_one(self):
        rows = []
        for store in (one_by_one, in_one_batch):
            kinds = list(self.jobs_of_each_kind())
            mixed, place = [], [0] * len(kinds)
            order = [number for number, (_, receipts) in enumerate(kinds) for _ in receipts]
            random.Random(7).shuffle(order)
            for number in order:
                mixed.append(kinds[number][1][place[number]])
                place[number] += 1
            answers = self.told(store(self.db, mixed))
            rows.append([([a for a, of in zip(answers, order) if of == number], self.left(job)) for number, (job, _) in enumerate(kinds)])
        for number, (alone, together) in enumerate(zip(*rows)):
            self.assertEqual(together, alone, number)
        self.assertEqual(len(rows[0]), 52)

    def test_of_two_for_one_message_are_those_of_their_order(self):
        ends = {("accepted", "delivered"): "delivered", ("accepted", "undelivered"): "undelivered", ("delivered", "undelivered"): "delivered"}
        for (one, two), end in ends.items():
            for words in ((one, two), (two, one)):
                for provider in ("twilio", "gupshup"):
                    job = self.sent(provider, job=None)
                    named = {"request": job.id, "attempt": 1} if provider == "twilio" else {}
                    answers = self.db.record([receipt_of("M" + job.id, word, provider=provider, **named) for word in words])
                    self.assertEqual([a.answer for a in answers], ["matched"] * 2)
                    self.assertEqual((self.db.status(job.id), self.db.attempt(job.id)), (end, end), words)
                    # each change of the outcome is told, and nothing else is
                    changes = [word for word in words[:words.index(end) + 1] if word != "accepted"]
                    self.assertEqual([a.status for a in answers if a.event_id], changes, words)
                    self.assertEqual(self.db.rows("select status from otp.untold_event where request_id = %s order by id", job.id), [(c,) for c in changes])

    def test_a_failure_that_comes_twice_asks_for_another_provider_once(self):
        job = self.sent()
        self.db.record([receipt_of("M" + job.id, "undelivered", "30003", job.id, 1)] * 2)
        job.route = ROUTE
        a = self.db.redeliver(job)
        self.assertEqual((a.verdict, a.provider), ("send", "gupshup"))
        self.db.finish(job.id, 2, "accepted", "w2", message="N" + job.id, job=b"j")
        answers = self.db.record([receipt_of("N" + job.id, "undelivered", "005", job.id, 2, "gupshup"), receipt_of("M" + job.id, "undelivered", "30003", job.id, 1)])
        self.assertEqual([a.status for a in answers], ["undelivered", None])
        self.assertEqual(self.db.delivery(job.id), ("undelivered", "005"))

    def test_a_second_id_is_known_to_the_others_of_the_batch_wherever_they_stand(self):
        for order in (1, -1):
            job = self.sent("gupshup")
            receipts = [receipt_of("M" + job.id, "accepted", provider="gupshup", second="W" + job.id),
                        receipt_of("W" + job.id, "undelivered", "1026", provider="gupshup", fail_over=False, switch=False)]
            self.assertEqual([a.answer for a in self.db.record(receipts[::order])], ["matched"] * 2)
            self.assertEqual(self.db.delivery(job.id), ("undelivered", "1026"))

    def test_a_doubt_found_by_its_number_is_known_by_its_id_to_the_next(self):
        job = self.db.doubted()
        answers = self.db.record([receipt_of("X" + job.id, "accepted", provider="gupshup", number=job.number), receipt_of("X" + job.id, "delivered", provider="gupshup"),
                                  receipt_of("Y" + job.id, "undelivered", provider="gupshup", number=job.number)])
        self.assertEqual([a.answer for a in answers], ["matched", "matched", "parked"])
        self.assertEqual((self.db.status(job.id), self.db.attempt(job.id, 1, "provider_message_id")), ("delivered", "X" + job.id))

    def test_come_in_the_order_of_the_batch(self):
        jobs = [self.sent(job=None) for _ in range(64)]
        answers = self.db.record([receipt_of("M" + job.id, "delivered", None, job.id, 1) for job in jobs])
        self.assertEqual([a.request_id for a in answers], [job.id for job in jobs])
        self.assertEqual(len({a.event_id for a in answers}), 64)

    def test_what_the_database_refuses_leaves_nothing_of_its_batch(self):
        job = self.sent()
        with self.assertRaises(psycopg2.errors.InvalidParameterValue):
            self.db.record([receipt_of("M" + job.id, "delivered", None, job.id, 1), receipt_of("nobody's", "lost")])
        self.assertEqual((self.db.status(job.id), self.db.events(job.id)), ("sent", 1))

    def test_of_no_receipts_there_are_none(self):
        self.assertEqual(self.db.call("select * from otp.record_receipts('{}','{}','{}','{}','{}','{}','{}','{}','{}','{}','{}')"), [])


class locks(Case):
    def test_batches_and_answers_over_the_same_attempts_in_any_order_never_deadlock(self):
        jobs = sorted((self.begun("gupshup") for _ in range(60)), key=lambda job: job.id)
        strangers = [new_id() for _ in range(20)]

        def work(place, session):
            if place == 0:
                for at in range(0, 60, 6):
                    batch = jobs[at:at + 6]
                    session.call("select * from otp.finish_sends(array_fill('w1'::text, array[6]), '15 s', %s::uuid[], array_fill(1, array[6]),"
                                 "array_fill('accepted'::text, array[6]), %s, array_fill(201, array[6]), array_fill(null::text, array[6]), null,"
                                 "array_fill(null::text, array[6]), array_fill(false, array[6]), array_fill(null::text, array[6]), null, null, array_fill(true, array[6]))",
                                 [job.id for job in batch], ["M" + job.id for job in batch])
                return
            mixed = random.Random(place)
            for _ in range(12):
                batch = [receipt_of("M" + job.id, "delivered", None, *((job.id, 1) if mixed.random() < 0.5 else (None, None)), "gupshup",
                                    second="W" + job.id) for job in mixed.sample(jobs, 24)]
                batch += [receipt_of("S" + id, "delivered", provider="gupshup") for id in mixed.sample(strangers, 8)]
                mixed.shuffle(batch)
                session.record(batch)
        self.database.parallel(8, work)
        self.assertEqual(self.database.deadlocks, 0)
        self.db.rows("select otp.match_parked()")
        self.assertEqual({self.db.status(job.id) for job in jobs}, {"delivered"})
        for job in jobs:
            self.assertEqual(self.db.rows("select status from otp.untold_event where request_id = %s", job.id), [("delivered",)])

    def test_what_says_nothing_new_waits_for_nobody(self):
        known, other = self.sent(), self.sent()
        self.db.receipt("M" + known.id, "delivered", None, known.id, 1)
        holder = self.session()
        holder.rows("begin")
        holder.rows("select from otp.delivery_attempt where request_id = %s for update", known.id)
        self.db.rows("set lock_timeout = '5s'")
        receipts = [receipt_of("M" + known.id, word, None, known.id, 1) for word in ("accepted", "delivered", "undelivered")]
        answers = self.db.record([*receipts, receipt_of("M" + other.id, "delivered", None, other.id, 1)])
        holder.rows("rollback")
        self.assertEqual([(a.answer, a.status) for a in answers], [("matched", None)] * 3 + [("matched", "delivered")])


if __name__ == "__main__":
    unittest.main()
