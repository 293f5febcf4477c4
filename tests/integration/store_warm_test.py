#!/usr/bin/python3
"""A session that was warmed up plans nothing of begin and check while it holds their locks."""
import collections
import time
import unittest

from store_case import StoreTest
from store_database import Job, new_number

WARM_UP = "select otp.plan_sends(), otp.plan_checks()"


class a_session(StoreTest):
    def setUp(self):
        super().setUp()
        self.db.rows("set plan_cache_mode = force_generic_plan")    # as the programs' roles have it

    def plans(self):
        """The statements that have a plan in this session, but for the bare call of a function, which takes no time to plan."""
        return collections.Counter(row[0] for row in self.db.rows("select ident from pg_backend_memory_contexts where name = 'CachedPlan' "
                                                                  "and ident not like 'SELECT pg_logical_emit_message(%'"))

    def use(self):
        """A send to a number that nobody knows, one that has to wait, and checks: all statements that hold locks. Seconds of the first."""
        job = Job()
        began = time.monotonic()
        self.assertEqual(self.db.accept(job).verdict, "queued")
        took = time.monotonic() - began
        self.assertEqual(self.db.accept(Job(job.number)).verdict, "queued")
        self.assertEqual(self.db.send(job.number)[1].verdict, "send")
        self.assertEqual(self.db.accept(Job(job.number)).reason, "resend_too_soon")
        self.assertEqual(self.db.check(job.number, "wrong").answer, "wrong")
        self.assertEqual(self.db.check(job.number, "wrong", device=True).answer, "wrong")
        self.assertEqual(self.db.check(job.number, "wrong", waits=False).answer, "wrong")
        self.assertEqual(self.db.check(new_number(), "wrong", waits=False).answer, "not_found")
        return took

    def test_that_is_warm_makes_no_further_plan(self):
        before = self.plans()
        self.db.rows(WARM_UP)
        warm = self.plans()
        self.assertGreater(len(warm - before), 5)
        took = self.use()
        self.assertEqual(list(self.plans() - warm), [])
        print(f"{sum((warm - before).values())} plans made by the warm-up; first send after it {took * 1000:.1f} ms")

    def test_that_is_cold_makes_them_at_its_first_use(self):
        before = self.plans()
        took = self.use()
        made = self.plans() - before
        self.assertTrue(any("for no key update" in text for text in made), made)
        print(f"{sum(made.values())} plans made by the first uses; first send {took * 1000:.1f} ms")

    def test_is_warmed_up_without_writing_or_waiting_for_anything(self):
        job = Job()
        other = self.session()
        other.rows("begin")
        self.assertEqual(other.accept(job).verdict, "queued")    # and its locks are held on
        self.db.rows("begin")
        self.db.rows("set local lock_timeout = '100ms'")
        self.db.rows(WARM_UP)
        self.assertIsNone(self.db.one("select pg_current_xact_id_if_assigned()"))
        self.db.rows("rollback")


if __name__ == "__main__":
    unittest.main()
