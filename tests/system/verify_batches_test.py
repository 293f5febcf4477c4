#!/usr/bin/python3
"""Checks that come at once share a statement, and each is answered and counted as if it had come alone."""
import concurrent.futures
import contextlib
import json
import re
import signal
import unittest

from verify_service import Verify, World, database_url, eventually, new_number

RIGHT, WRONG = "123456", "000000"
AT_A_TIME = 1      # statements of checks under way, where none is full


def told(answer):
    """Status and what it says of the verification."""
    return answer.status, answer.json["status"] if answer.status == 200 else answer.json["code"]


class Case(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.world = World()
        cls.addClassCleanup(cls.world.close)
        # A wrong check waits, before it is charged, while the test holds this lock. (A lock of the table would hold up the warm-up of sessions too.)
        cls.world.db.rows("create function public.stay() returns trigger language plpgsql as "
                          "'begin perform pg_advisory_xact_lock_shared(1); return new; end'")
        cls.world.db.rows("create trigger stay before insert on otp.check_budget for each row execute function public.stay()")
        # One that waits for the test's locks for as long as it waits for anything.
        cls.patient = database_url(cls.world.database.name).replace("lock_timeout%3D2s", "lock_timeout%3D20s")
        assert "lock_timeout%3D20s" in cls.patient
        cls.verify = Verify(cls.world.database, cls.world.vhost.url(), DATABASE_URL=cls.patient)
        cls.addClassCleanup(cls.verify.kill)
        cls.crowd = concurrent.futures.ThreadPoolExecutor(32)
        cls.addClassCleanup(cls.crowd.shutdown)

    def setUp(self):
        self.db = self.world.db

    def check(self, number, code, key=None, by=None):
        return (by or self.verify).call("POST", "/v1/check", {"to": number, "code": code}, key or self.world.key)

    def ask(self, *given, **named):
        return self.crowd.submit(self.check, *given, **named)

    def number_of(self, metric):
        return sum(float(value) for value in re.findall(rf"^{re.escape(metric)} (\S+)$", self.verify.call("GET", "/metrics").text, re.MULTILINE))

    def statements(self, call="check"):
        return self.number_of(f'otp_verify_batch_requests_count{{call="{call}"}}')

    def blocked(self):
        return self.db.one("select count(*) from pg_stat_activity where datname = %s and wait_event_type = 'Lock'", self.world.database.name)

    def counted(self, id):
        return self.db.one("select wrong_checks from otp.verification where id = %s", id)

    @contextlib.contextmanager
    def transaction(self, *statement):
        session = self.world.database.session()
        try:
            session.rows("begin")
            session.rows(*statement)
            yield
        finally:
            session.rows("rollback")
            session.close()

    @contextlib.contextmanager
    def as_many_under_way_as_may_be(self):
        """Each waits until the block ends, and what is asked within it gathers. Gives who asked them."""
        with self.transaction("select pg_advisory_xact_lock(1)"):
            first = []
            for place in range(AT_A_TIME):
                number, id = self.world.texted(RIGHT)
                first.append((id, self.ask(number, WRONG)))
                eventually("its statement waits", lambda: self.blocked() == place + 1)
            yield first

    def gathered(self, count):
        eventually(f"{count} checks wait", lambda: self.number_of("otp_checks_waiting") == count)


class batches(Case):
    def test_right_wrong_and_unknown_ones_by_number_and_by_id_share_a_statement(self):
        before = self.statements()
        (right, _), (wrong, wrong_id), (_, by_id) = (self.world.texted(RIGHT) for _ in range(3))
        with self.as_many_under_way_as_may_be() as first:
            asked = [self.ask(right, RIGHT), self.ask(wrong, WRONG), self.ask(new_number(), RIGHT),
                     self.crowd.submit(self.verify.call, "POST", f"/v1/verifications/{by_id}/check", {"code": RIGHT}, self.world.key)]
            self.gathered(4)
        answers = [one.result() for one in asked]
        self.assertEqual([told(a) for a in answers], [(200, "approved"), (200, "pending"), (404, "not_found"), (200, "approved")])
        self.assertEqual((answers[1].json["id"], answers[3].json["id"]), (wrong_id, by_id))
        self.assertEqual([told(one.result()) for _, one in first], [(200, "pending")] * AT_A_TIME)
        self.assertEqual(self.statements() - before, AT_A_TIME + 1)
        self.assertEqual(self.counted(wrong_id), 1)

    def test_checks_of_one_verification_are_counted_one_after_the_other(self):
        number, id = self.world.texted(RIGHT)
        with self.as_many_under_way_as_may_be():
            asked = [self.ask(number, WRONG) for _ in range(6)]
            self.gathered(6)
        answers = [one.result() for one in asked]
        self.assertEqual(sorted(a.json["attempts_left"] for a in answers if a.status == 200), [2, 3, 4])
        self.assertEqual([told(a) for a in answers if a.status != 200], [(429, "check_too_soon")] * 3)
        self.assertEqual(self.counted(id), 3)

    def test_one_right_code_that_came_many_times_is_approved_once(self):
        number, _ = self.world.texted(RIGHT)
        with self.as_many_under_way_as_may_be():
            asked = [self.ask(number, RIGHT) for _ in range(6)]
            self.gathered(6)
        self.assertEqual(sorted(told(one.result()) for one in asked), [(200, "approved")] + [(404, "not_found")] * 5)

    def test_two_tenants_share_a_statement_and_nothing_else(self):
        before = self.statements()
        number, mine = self.world.texted("111111")
        _, others = self.world.texted("222222", number, tenant="other")
        alone, _ = self.world.texted(RIGHT)
        with self.as_many_under_way_as_may_be():
            asked = [self.ask(number, "222222"), self.ask(number, "222222", self.world.other_key), self.ask(alone, RIGHT, self.world.other_key)]
            self.gathered(3)
        self.assertEqual([told(one.result()) for one in asked], [(200, "pending"), (200, "approved"), (404, "not_found")])
        self.assertEqual(self.statements() - before, AT_A_TIME + 1)
        self.assertEqual((self.counted(mine), self.counted(others)), (1, 0))


class faults(Case):
    def test_one_that_another_process_holds_keeps_nobody_waiting_and_is_counted_when_it_is_free(self):
        before = self.statements("check_alone")
        held, held_id = self.world.texted(RIGHT)
        with self.transaction("select from otp.verification where id = %s for update", held_id):
            late = self.ask(held, WRONG)
            eventually("it waits by itself", lambda: self.blocked() == 1)
            for _ in range(2 * AT_A_TIME):
                self.assertEqual(told(self.check(self.world.texted(RIGHT)[0], RIGHT)), (200, "approved"))
            self.assertFalse(late.done())
        self.assertEqual(told(late.result()), (200, "pending"))
        self.assertEqual(self.counted(held_id), 1)
        self.assertEqual(self.statements("check_alone") - before, 1)

    def test_one_that_stays_held_is_told_503_and_counts_nothing(self):
        held, id = self.world.texted(RIGHT)
        with self.transaction("select from otp.verification where id = %s for update", id):
            self.assertEqual(told(self.check(held, WRONG, by=self.world.verify)), (503, "unavailable"))
        self.assertEqual(told(self.check(held, WRONG)), (200, "pending"))
        self.assertEqual(self.counted(id), 1)

    def test_a_row_that_the_database_refuses_harms_no_other_of_its_batch(self):
        (bad, bad_id), (wrong, wrong_id), (right, _) = (self.world.texted(RIGHT) for _ in range(3))
        self.db.rows("create function public.refuse() returns trigger language plpgsql as 'begin raise exception ''no''; end'")
        self.db.rows(f"create trigger refuse before update on otp.verification for each row when (new.id = '{bad_id}') execute function public.refuse()")
        try:
            with self.as_many_under_way_as_may_be():
                asked = [self.ask(bad, WRONG), self.ask(wrong, WRONG), self.ask(right, RIGHT)]
                self.gathered(3)
            self.assertEqual([told(one.result()) for one in asked], [(503, "unavailable"), (200, "pending"), (200, "approved")])
        finally:
            self.db.rows("drop trigger refuse on otp.verification")
            self.db.rows("drop function public.refuse()")
        self.assertEqual((self.counted(bad_id), self.counted(wrong_id)), (0, 1))
        self.assertEqual(told(self.check(bad, RIGHT)), (200, "approved"))

    def test_where_connections_are_lost_those_under_way_are_told_503_and_those_that_wait_are_answered(self):
        ids = []
        with self.as_many_under_way_as_may_be() as first:
            asked = []
            for _ in range(3):
                number, id = self.world.texted(RIGHT)
                ids.append(id)
                asked.append(self.ask(number, WRONG))
            self.gathered(3)
            self.db.rows("select pg_terminate_backend(pid) from pg_stat_activity where datname = %s and wait_event_type = 'Lock'",
                         self.world.database.name)
            self.assertEqual([told(one.result()) for _, one in first], [(503, "unavailable")] * AT_A_TIME)
            eventually("those that waited are under way", lambda: self.blocked() > 0)
        self.assertEqual([told(one.result()) for one in asked], [(200, "pending")] * 3)
        self.assertEqual([self.counted(id) for id in ids], [1, 1, 1])
        self.assertEqual([self.counted(id) for id, _ in first], [0] * AT_A_TIME)

    def test_who_goes_away_is_counted_and_takes_no_other_along(self):
        (left, left_id), (wrong, wrong_id), (right, _) = (self.world.texted(RIGHT) for _ in range(3))
        with self.as_many_under_way_as_may_be():
            connection = self.verify.connection()
            connection.request("POST", "/v1/check", json.dumps({"to": left, "code": WRONG}), {"Authorization": "Bearer " + self.world.key})
            self.gathered(1)
            asked = [self.ask(wrong, WRONG), self.ask(right, RIGHT)]
            self.gathered(3)
            connection.close()
        self.assertEqual([told(one.result()) for one in asked], [(200, "pending"), (200, "approved")])
        self.assertEqual((self.counted(left_id), self.counted(wrong_id)), (1, 1))

    def test_a_stop_lets_those_that_wait_be_answered_too(self):
        self.verify = Verify(self.world.database, self.world.vhost.url(), DATABASE_URL=self.patient)
        self.addCleanup(self.verify.kill)
        (wrong, wrong_id), (right, _) = (self.world.texted(RIGHT) for _ in range(2))
        with self.as_many_under_way_as_may_be() as first:
            asked = [self.ask(wrong, WRONG), self.ask(right, RIGHT)]
            self.gathered(2)
            self.verify.process.send_signal(signal.SIGTERM)
            eventually("it stops", lambda: any('"event":"stopping"' in line for line in self.verify.log))
        self.assertEqual([told(one.result()) for one in asked], [(200, "pending"), (200, "approved")])
        self.assertEqual([told(one.result()) for _, one in first], [(200, "pending")] * AT_A_TIME)
        self.assertEqual((self.counted(wrong_id), self.verify.ended()), (1, 0))


if __name__ == "__main__":
    unittest.main()
