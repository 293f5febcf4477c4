#!/usr/bin/python3
"""Many checks in one call: who waits for whom, in what order, and that a call holds no tenant's rows but its own."""
import concurrent.futures
import random
import time
import unittest

from store_case import StoreTest
from store_database import new_number, tag


class Case(StoreTest):
    def check_all(self, session, numbers, codes, waits, tenants=None, ids=None):
        many = len(numbers)
        return session.call("select * from otp.check_codes(%s, %s, %s, %s::uuid[], %s, '{h1}', %s::bytea[], %s)", tenants or ["acme"] * many,
                            numbers, ["login"] * many, ids or [None] * many, [False] * many, [tag(c) for c in codes], waits)

    def sent(self, count):
        return [self.db.send(code="right") for _ in range(count)]

    def wrong_checks(self, answer):
        return self.db.verification(answer.verification_id, "wrong_checks")

    def hold(self, answer):
        """As a call that has not committed yet."""
        other = self.session()
        other.rows("begin")
        other.rows("select from otp.verification where id = %s for no key update", answer.verification_id)
        return other


class locks(Case):
    def test_what_another_call_holds_is_deferred_uncounted_and_the_others_are_answered(self):
        (a, held), (b, free) = self.sent(2)
        other = self.hold(held)
        answers = self.check_all(self.db, [a.number, b.number, new_number()], ["wrong", "right", "x"], False)
        self.assertEqual([r.answer for r in answers], ["defer", "approved", "not_found"])
        other.rows("rollback")
        self.assertEqual(self.wrong_checks(held), 0)
        self.assertEqual(self.check_all(self.db, [a.number], ["wrong"], False)[0].answer, "wrong")
        self.assertEqual(self.wrong_checks(held), 1)

    def test_a_call_that_waits_sees_what_the_other_has_done(self):
        (a, held), = self.sent(1)
        other, late = self.hold(held), self.session()
        self.assertEqual(self.check_all(other, [a.number], ["right"], True)[0].answer, "approved")
        with concurrent.futures.ThreadPoolExecutor(1) as aside:
            answers = aside.submit(self.check_all, late, [a.number], ["right"], True, ids=[held.verification_id])
            while not self.db.one("select count(*) from pg_locks where pid = %s and not granted", late.connection.get_backend_pid()):
                time.sleep(0.01)
            other.rows("commit")
            self.assertEqual([r.answer for r in answers.result()], ["already_used"])

    def test_a_stranger_to_the_tenant_neither_reads_nor_holds_its_verification(self):
        (a, mine), = self.sent(1)
        self.db.rows("begin")
        self.assertEqual(self.check_all(self.db, [a.number], ["right"], True, ["other"], [mine.verification_id])[0].answer, "not_found")
        self.assertEqual(self.check_all(self.session(), [a.number], ["right"], False)[0].answer, "approved")
        self.db.rows("commit")

    def test_batches_over_the_same_verifications_in_any_order_never_deadlock(self):
        jobs = self.sent(40)
        numbers = [job.number for job, _ in jobs]

        def work(place, session):
            mixed = random.Random(place)
            counted = 0
            for _ in range(10):
                order = mixed.sample(numbers, 32)
                counted += sum(r.answer in ("wrong", "max_attempts_reached") for r in self.check_all(session, order, ["wrong"] * 32, place % 2 == 0))
            return counted
        counted = self.database.parallel(8, work)
        self.assertEqual(self.database.deadlocks, 0)
        self.assertEqual(sum(counted), sum(self.wrong_checks(answer) for _, answer in jobs))


class answers(Case):
    def test_a_batch_tells_of_each_right_code_how_its_text_went_out(self):
        (a, sent), (b, _) = self.sent(2)
        self.db.finish(a.id, 1, "accepted", message="SM1")
        rows = self.check_all(self.db, [a.number, b.number], ["right", "wrong"], False)
        self.assertEqual([(r.answer, r.provider, r.channel) for r in rows], [("approved", "twilio", "sms"), ("wrong", None, None)])

    def test_a_full_batch_is_answered_in_its_order(self):
        jobs = self.sent(64)
        numbers = [n for job, _ in jobs for n in (job.number, new_number())]
        rows = self.check_all(self.db, numbers, ["right", "x"] * 64, False)
        self.assertEqual([r.answer for r in rows], ["approved", "not_found"] * 64)
        self.assertEqual([r.id for r in rows[::2]], [answer.verification_id for _, answer in jobs])


if __name__ == "__main__":
    unittest.main()
