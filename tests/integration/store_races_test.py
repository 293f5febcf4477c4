#!/usr/bin/python3
"""The promises under concurrency: many sessions at once, each its own connection."""
import random
import threading
import time
import unittest
from collections import Counter

from store_case import StoreTest
from store_database import ROUTE, Job, new_id, new_number


class Case(StoreTest):
    def statuses(self, requests):
        return dict(self.db.rows("select status::text, count(*) from otp.delivery where request_id = any (%s::uuid[]) group by 1", requests))


class checks(Case):
    def guess(self, number, each):
        def work(place, session):
            return Counter(session.check(number, f"wrong {place} {i}").answer for i in range(each))
        return sum(self.database.parallel(40, work), Counter())

    def test_of_thousands_of_parallel_guesses_five_are_compared(self):
        job, _ = self.db.send(code="right")
        begun = time.monotonic()
        answers = self.guess(job.number, 50)
        took = time.monotonic() - begun
        most = 3 + (took >= 5) + (took >= 20)  # a slow machine lives to see the pauses end
        compared = answers["wrong"] + answers["max_attempts_reached"]
        self.assertIn(compared, range(3, most + 1))
        self.assertEqual(compared + answers["check_too_soon"] + answers["closed"], 2000)
        while compared < 5:
            self.db.end_pauses(job.number)
            answers += self.guess(job.number, 20)
            compared += 1
            self.assertEqual(answers["wrong"] + answers["max_attempts_reached"], compared)
        self.assertEqual(answers["max_attempts_reached"], 1)
        self.assertEqual(self.db.one("select cardinality(times) from otp.check_budget where number = %s", job.number), 5)
        self.assertEqual(self.db.check(job.number, "right").answer, "closed")
        self.assertEqual(self.db.check(job.number, "right", device=True).answer, "approved")

    def test_of_a_hundred_parallel_right_checks_one_is_approved(self):
        job, _ = self.db.send(code="right")
        answers = Counter(self.database.parallel(100, lambda _, session: session.check(job.number, "right").answer))
        self.assertEqual(answers["approved"], 1)
        self.assertEqual(answers["already_used"] + answers["not_found"], 99)

    def test_of_sixty_by_id_half_of_them_devices_one_is_approved(self):
        job, a = self.db.send(code="right")
        answers = Counter(self.database.parallel(60, lambda i, session: session.check(job.number, "right", i % 2 == 0, a.verification_id).answer))
        self.assertEqual(answers, Counter(approved=1, already_used=59))

    def test_a_day_of_guessing_over_seven_verifications_gets_twenty_comparisons(self):
        number, answers = new_number(), Counter()
        for _ in range(7):
            self.db.send(number)
            self.db.rows("update otp.send_budget set times = '{}' where subject = %s", number)
            for _ in range(5):
                self.db.end_pauses(number)
                answers[self.db.check(number, "wrong").answer] += 1
            self.db.rows("update otp.verification set status = 'canceled' where number = %s and status = 'pending'", number)
        self.assertEqual(answers["wrong"] + answers["max_attempts_reached"], 20)
        self.assertEqual(answers["check_budget_spent"], 15)

    def test_begin_beside_a_check_never_leaves_two_pending(self):
        for _ in range(40):
            job, _ = self.db.send(code="right")
            self.db.pass_time(job.number, 31)
            answers = self.database.parallel(2, lambda i, s: s.check(job.number, "right").answer if i else s.send(job.number)[1].verdict)
            self.assertEqual(answers, ["send", "approved"])
            self.assertLessEqual(self.db.one("select count(*) from otp.verification where number = %s and status = 'pending'", job.number), 1)


class sends(Case):
    def test_sixteen_workers_with_overlapping_batches_attempt_each_request_once_and_keep_the_limit(self):
        numbers = [new_number() for _ in range(150)]
        jobs = [Job(n, purpose=f"p{k}") for n in numbers for k in range(8)]
        begun, lock = [], threading.Lock()

        def work(place, session):
            todo = jobs[:]
            random.Random(place).shuffle(todo)
            while todo:
                batch, taken, rest = [], set(), []
                for job in todo:
                    if len(batch) < 32 and job.number not in taken:
                        taken.add(job.number)
                        batch.append(job)
                    else:
                        rest.append(job)
                todo = rest
                sent = [a.request_id for a in session.begin(batch, owner=f"w{place}", lease="90 s") if a.verdict == "send"]
                with lock:
                    begun.extend(sent)
        self.database.parallel(16, work)
        self.assertEqual(self.database.deadlocks, 0)
        self.assertEqual((len(begun), len(set(begun))), (750, 750))
        self.assertEqual(self.statuses([j.id for j in jobs]), {"sending": 750, "rejected": 450})
        self.assertEqual(self.db.one("select count(*) from otp.delivery_attempt where request_id = any (%s::uuid[])", [j.id for j in jobs]), 750)
        per_number = self.db.rows("select distinct count(*) from otp.delivery where number = any (%s) and status = 'sending' group by number", numbers)
        self.assertEqual(per_number, [(5,)])
        self.assertEqual(self.db.rows("select distinct cardinality(times) from otp.send_budget where subject = any (%s)", numbers), [(5,)])

    def test_sixteen_workers_admit_exactly_sixty_of_one_address(self):
        ip = new_id()
        verdicts = self.database.parallel(16, lambda _, s: Counter(a.verdict for a in s.begin([Job(ip=ip) for _ in range(16)])))
        self.assertEqual(sum(verdicts, Counter()), Counter(send=60, refused=196))

    def test_one_new_request_id_with_eight_numbers_is_one_text_and_charges_one_number(self):
        request, numbers = new_id(), [new_number() for _ in range(8)]
        answers = self.database.parallel(8, lambda i, s: s.begin([Job(numbers[i], id=request)])[0])
        self.assertEqual(Counter((a.verdict, a.reason) for a in answers), Counter({("send", None): 1, ("refused", "request_id_conflict"): 7}))
        self.assertEqual(self.db.one("select count(*) from otp.send_budget where subject = any (%s) and times <> '{}'", numbers), 1)

    def test_a_tenants_rate_is_leased_no_further_than_its_bucket(self):
        tenant = "rate" + new_id()
        leased = self.database.parallel(16, lambda _, s: sum(s.one("select otp.lease_tenant_rate(%s, 0.0, 100, 7)", tenant) for _ in range(5)))
        self.assertEqual(sum(leased), 100)
        self.db.rows("update otp.tenant_rate set at = at - interval '300 s' where tenant = %s", tenant)
        self.assertEqual(self.db.one("select otp.lease_tenant_rate(%s, 0.1, 100, 50)", tenant), 30)

    def test_the_same_request_accepted_eight_times_at_once_is_stored_once(self):
        job = Job()
        answers = self.database.parallel(8, lambda _, s: s.accept(job))
        self.assertEqual(Counter(a.verdict for a in answers), Counter(queued=1, repeated=7))
        self.assertEqual(len({a[4:8] for a in answers}), 1)

    def test_of_four_requests_begun_at_once_the_newest_is_sent(self):
        for _ in range(15):
            number = new_number()
            jobs = [Job(number, age=10 - i) for i in range(4)]
            for job in jobs:
                self.db.accept(job)
            answers = self.database.parallel(4, lambda i, s: s.begin([jobs[i]], owner=f"w{i}")[0])
            self.assertEqual(answers[3].verdict, "send")
            self.assertEqual(self.statuses([j.id for j in jobs]), {"sending": 1, "canceled": 3})


class leases(Case):
    def test_of_eight_redeliveries_after_the_lease_one_reconciles(self):
        job, _ = self.db.send()
        self.db.pass_time(job.number, 16)
        answers = self.database.parallel(8, lambda i, s: s.begin([job], owner=f"x{i}")[0].verdict)
        self.assertEqual(Counter(answers), Counter(in_doubt=1, leased=7))

    def test_a_finish_and_a_take_over_never_both_win(self):
        jobs = [self.db.send()[0] for _ in range(60)]
        self.db.end_leases(*[j.id for j in jobs])

        def work(place, session):
            if place:
                return [session.finish(j.id, 1, "accepted", "w1", message="F" + j.id).answer for j in jobs]
            return [session.begin([j], owner="w9")[0].verdict for j in jobs]
        for pair in zip(*self.database.parallel(2, work)):
            self.assertIn(pair, (("in_doubt", "lost"), ("finished", "ok")))

    def test_one_attempt_is_followed_by_one_even_if_its_end_is_told_twice(self):
        for _ in range(20):
            job, _ = self.db.send()
            answers = self.database.parallel(2, lambda _, s: s.finish(job.id, 1, "not_sent", "w1", next=ROUTE).next_attempt)
            self.assertEqual(answers, [2, 2])  # a repeat gives the same answer
            self.assertEqual(self.db.one("select count(*) from otp.delivery_attempt where request_id = %s", job.id), 2)


class receipts(Case):
    def test_finish_and_receipts_by_request_id_meet_in_any_order(self):
        jobs = [self.db.send()[0] for _ in range(400)]

        def work(place, session):
            for j in jobs:
                if place == 0:
                    session.finish(j.id, 1, "accepted", message="R" + j.id)
                else:
                    session.receipt("R" + j.id, "delivered" if place == 1 else "accepted", None, j.id, 1)
        self.database.parallel(3, work)
        self.assertEqual(self.statuses([j.id for j in jobs]), {"delivered": 400})

    def test_finish_and_receipts_by_message_id_meet_in_any_order_at_the_latest_in_the_sweep(self):
        jobs = [self.db.send(route="gupshup/sms")[0] for _ in range(400)]

        def work(place, session):
            for j in jobs:
                if place == 0:
                    session.finish(j.id, 1, "accepted", message="Q" + j.id, index=True)
                else:
                    session.receipt("Q" + j.id, "delivered", provider="gupshup")
        self.database.parallel(2, work)
        self.db.one("select otp.match_parked()")
        self.assertEqual(self.statuses([j.id for j in jobs]), {"delivered": 400})
        self.assertEqual(self.db.one("select count(*) from otp.parked_receipt where provider_message_id like 'Q%'"), 0)


class sweeps(Case):
    def test_eight_sweeps_take_fifteen_hundred_rows_once(self):
        self.db.rows("update otp.delivery set sweep_at = null where sweep_at is not null")
        self.db.rows("select otp.accept_send(gen_random_uuid(), 'acme', '+1616' || lpad(i::text, 7, '0'), 'login', null, null, 'sms', 'otp', 'en', 300, 6, "
                     "'job', null, gen_random_uuid()) from generate_series(1, 1500) i")
        self.db.rows("update otp.delivery set sweep_at = now() - interval '1 s' where number like '+1616%'")
        taken = self.database.parallel(8, lambda _, s: [r.request_id for _ in range(20) for r in s.call("select * from otp.sweep_due(100)")])
        taken = [r for rows in taken for r in rows]
        self.assertEqual((len(taken), len(set(taken))), (1500, 1500))
        self.db.rows("select otp.mark_published(%s::uuid[])", taken)
        self.assertEqual(self.db.one("select count(*) from otp.delivery where sweep_at is not null"), 0)


if __name__ == "__main__":
    unittest.main()
