#!/usr/bin/python3
"""Partitions are made ahead and dropped when old, and what is old is purged, without holding up who writes."""
import threading
import time
import unittest

import psycopg2

from store_case import StoreTest


class retention(StoreTest):
    def test_partitions_are_made_two_weeks_ahead_and_once(self):
        self.assertEqual(self.db.one("select count(*) from pg_inherits where inhparent = 'otp.delivery_event'::regclass"), 17)
        self.assertEqual(self.db.one("select otp.ensure_partitions(14)"), 0)
        self.assertEqual(self.db.one("select otp.ensure_partitions(15)"), 1)
        self.db.send(age=400)
        self.assertEqual(self.db.one("select count(*) from otp.delivery_event_default"), 0)

    def without_partition(self, days):
        """A day's name and its noon; nothing but the default partition takes its events."""
        day, noon = self.db.rows("select to_char(d, 'YYYYMMDD'), (d + interval '12 h') at time zone 'UTC' "
                                 "from (select date_trunc('day', now() at time zone 'UTC') + make_interval(days => %s) as d) d", days)[0]
        self.db.rows(f"drop table otp.delivery_event_{day}")
        return "delivery_event_" + day, noon

    def strays(self, noon, count=1):
        self.db.rows("insert into otp.delivery_event (at, request_id, kind) select %s, gen_random_uuid(), 'attempt' from generate_series(1, %s)", noon, count)

    def test_events_that_came_while_their_day_had_no_partition_move_to_it_and_stop_no_other_day(self):
        stray, noon = self.without_partition(2)
        later, _ = self.without_partition(3)
        self.strays(noon, 3)
        self.assertEqual(self.db.one("select count(*) from otp.delivery_event_default"), 3)
        self.assertEqual(self.db.one("select otp.ensure_partitions()"), 2)
        self.assertEqual(self.db.one("select count(*) from otp.delivery_event_default"), 0)
        self.assertEqual(self.db.one(f"select count(*) from otp.{stray} where at = %s", noon), 3)
        for name in (stray, later):
            self.assertEqual(self.db.one("select count(*) from pg_indexes where schemaname = 'otp' and tablename = %s", name), 1)
            self.assertEqual(self.db.one("select count(*) from pg_inherits i join pg_index x on x.indexrelid = i.inhrelid "
                                         "where x.indrelid = ('otp.' || %s)::regclass and i.inhparent = 'otp.delivery_event_request'::regclass", name), 1)

    def test_a_day_with_more_strays_than_one_call_should_move_waits_alone(self):
        crowded, noon = self.without_partition(2)
        later, _ = self.without_partition(3)
        self.strays(noon, 5)
        self.assertEqual(self.db.one("select otp.ensure_partitions(14, 4)"), 1)
        self.assertIsNone(self.db.one("select to_regclass('otp.' || %s)", crowded))
        self.assertEqual(self.db.one("select count(*) from otp.delivery_event where at = %s", noon), 5)
        self.assertEqual(self.db.one("select otp.ensure_partitions(14, null)"), 1)
        self.assertEqual(self.db.one("select count(*) from otp.delivery_event_default"), 0)

    def test_who_writes_events_while_they_are_moved_loses_none(self):
        today, _ = self.without_partition(0)
        self.strays(self.db.one("select now()"), 10000)
        done, jobs, took = threading.Event(), [], []

        def write():
            session = self.database.session()
            while not done.is_set():
                job, _ = session.send()
                begun = time.monotonic()
                session.finish(job.id, 1, "accepted")
                took.append(time.monotonic() - begun)
                jobs.append(job.id)
            session.close()
        writers = [threading.Thread(target=write) for _ in range(4)]

        def wait_for(more):
            until = len(jobs) + more
            while len(jobs) < until:
                self.assertTrue(all(writer.is_alive() for writer in writers))
                time.sleep(0.01)
        for writer in writers:
            writer.start()
        try:
            wait_for(20)
            made = []
            while not made:
                try:
                    made = self.db.rows("select otp.ensure_partitions()")
                except psycopg2.errors.LockNotAvailable:
                    pass
            self.assertEqual(made, [(1,)])
            wait_for(20)
        finally:
            done.set()
            for writer in writers:
                writer.join()
        self.assertLess(max(took), 2)
        self.assertEqual(self.db.one("select count(*) from otp.delivery_event_default"), 0)
        self.assertEqual(self.db.one(f"select count(distinct request_id) from otp.{today} where request_id = any (%s::uuid[])", jobs), len(jobs))

    def purge(self, days=30, rows=5000, run=None):
        """A whole one, as the command makes it."""
        run = run or self.db.one("select now()")
        while self.db.one("select otp.purge_rows(%s, %s, %s)", days, rows, run):
            pass

    def stale_budget(self):
        self.db.rows("insert into otp.send_budget (tenant, kind, subject, times) values ('stale', 'n', '1', array[now() - interval '49 h'])")

    def test_a_purge_takes_old_events_from_the_default_partition(self):
        self.strays(self.db.one("select now() - interval '31 d'"), 12)
        self.strays(self.db.one("select now() - interval '29 d'"))
        self.purge(30, 5)
        self.assertEqual(self.db.rows("delete from otp.delivery_event_default returning at > now() - interval '30 d'"), [(True,)])

    def test_a_verification_goes_with_its_last_request_though_its_code_lived_longer_than_that(self):
        job, answer = self.db.send()
        self.db.finish(job.id, 1, "accepted")
        self.db.pass_time(job.number, 30 * 86400 + 60)       # the code lived for 300 s
        self.assertTrue(self.db.one("select expires_at > now() - interval '30 d' from otp.verification where id = %s", answer.verification_id))
        self.assertGreaterEqual(self.db.one("select otp.purge_rows(30)"), 1)
        self.assertEqual(self.db.one("select count(*) from otp.delivery where request_id = %s", job.id), 0)
        self.assertEqual(self.db.one("select count(*) from otp.verification where id = %s", answer.verification_id), 0)

    def test_only_wholly_old_partitions_are_named_for_dropping(self):
        self.assertEqual(self.db.rows("select otp.expired_partitions(30)"), [])
        self.assertEqual(len(self.db.rows("select otp.expired_partitions(0)")), 1)

    def test_a_purge_settles_what_nobody_came_back_for_in_a_day(self):
        old, closed, young = [self.db.send()[1].verification_id for _ in range(3)]
        for verification, age, wrong in ((old, 25, 0), (closed, 25, 5), (young, 23, 0)):
            self.db.rows("update otp.verification set expires_at = now() - make_interval(hours => %s), wrong_checks = %s where id = %s", age, wrong, verification)
        self.purge()
        self.assertEqual([self.db.rows("select status::text, settled_at is not null from otp.verification where id = %s", v)[0] for v in (old, closed, young)],
                         [("expired", True), ("max_attempts_reached", True), ("pending", False)])

    def test_a_purge_goes_on_where_its_last_call_ended(self):
        self.db.rows("insert into otp.send_budget (tenant, kind, subject, times) select 'many', 'n', i::text, array[now() - interval '49 h'] from generate_series(1, 30000) i")
        run = self.db.one("select now()")
        self.assertGreaterEqual(self.db.one("select otp.purge_rows(30, 1000, %s)", run), 1000)
        page = self.db.one("select page from otp.purge_mark where name = 'send_budget'")
        self.assertGreater(page, 0)
        left = self.db.one("select count(*) from otp.send_budget where tenant = 'many' and ctid < format('(%%s,0)', %s::bigint)::tid", page)
        self.assertEqual(left, 0)
        self.purge(30, 1000, run)
        self.assertEqual(self.db.one("select count(*) from otp.send_budget where tenant = 'many'"), 0)

    def test_a_purge_right_after_another_takes_what_is_old_by_then(self):
        for _ in range(2):
            self.stale_budget()
            self.purge()
            self.assertEqual(self.db.one("select count(*) from otp.send_budget where tenant = 'stale'"), 0)

    def test_a_purge_that_keeps_fewer_days_looks_again_at_what_another_left_half_done(self):
        self.strays(self.db.one("select now() - interval '8 d'"), 12)
        self.db.rows("update otp.purge_mark set page = pg_relation_size('otp.delivery_event_default') / 8192, begun_at = now() "
                     "where name = 'delivery_event_default'")
        self.purge(7)
        self.assertEqual(self.db.one("select count(*) from otp.delivery_event_default"), 0)

    def test_who_does_not_say_when_the_purge_began_looks_at_a_table_once_an_hour(self):
        self.purge()
        self.stale_budget()
        self.assertEqual(self.db.one("select otp.purge_rows()"), 0)
        self.db.rows("update otp.purge_mark set begun_at = now() - interval '61 min'")
        self.assertEqual(self.db.one("select otp.purge_rows()"), 1)

    def test_a_call_keeps_no_changed_row_of_one_table_while_it_reads_another(self):
        self.purge()
        self.stale_budget()
        self.db.rows("insert into otp.check_budget values ('stale', '+14155550100', 'login', false, array[now() - interval '49 h'])")
        run = self.db.one("select clock_timestamp()")
        for left in ((0, 1), (0, 0)):
            self.assertEqual(self.db.one("select otp.purge_rows(30, 10, %s)", run), 1)
            self.assertEqual(self.db.rows("select (select count(*) from otp.send_budget where tenant = 'stale'), "
                                          "(select count(*) from otp.check_budget where tenant = 'stale')")[0], left)

    def given_up_while_a_reader_holds_the_events(self, sql):
        """This call ends with 55P03, and no begin or finish beside it takes long."""
        reader, took, done = self.session(), [], threading.Event()
        reader.rows("begin")
        reader.rows("select count(*) from otp.delivery_event")
        self.db.rows("set lock_timeout = '5s'")     # that of the function must be shorter

        def write():
            session = self.database.session()
            while not done.is_set():
                begun = time.monotonic()
                job, _ = session.send()
                session.finish(job.id, 1, "accepted")
                took.append(time.monotonic() - begun)
            session.close()

        def wait_for(more):
            until = len(took) + more
            while len(took) < until:
                self.assertTrue(writer.is_alive())
                time.sleep(0.01)
        writer = threading.Thread(target=write)
        writer.start()
        try:
            wait_for(20)
            for _ in range(3):
                with self.assertRaises(psycopg2.Error) as raised:
                    self.db.rows(sql)
                self.assertEqual(raised.exception.pgcode, "55P03")
            wait_for(20)
        finally:
            done.set()
            writer.join()
        self.assertLess(max(took), 2)
        reader.rows("rollback")

    def test_making_partitions_never_blocks_who_writes_nor_long_who_reads(self):
        self.db.rows("drop table otp.delivery_event_" + self.db.one("select to_char((now() at time zone 'UTC')::date + 1, 'YYYYMMDD')"))
        self.given_up_while_a_reader_holds_the_events("select otp.ensure_partitions()")
        self.assertEqual(self.db.one("select otp.ensure_partitions()"), 1)

    def test_dropping_partitions_gives_way_to_a_reader_instead_of_holding_up_writers(self):
        self.db.rows("set role otp_owner; create table otp.delivery_event_20200101 partition of otp.delivery_event for values from ('2020-01-01') to ('2020-01-02'); "
                     "reset role")
        self.given_up_while_a_reader_holds_the_events("select otp.drop_expired_partitions()")
        self.assertEqual(self.db.one("select otp.drop_expired_partitions()"), 1)
        self.assertIsNone(self.db.one("select to_regclass('otp.delivery_event_20200101')"))

    def test_a_purge_takes_what_is_old_and_leaves_the_rest(self):
        old, a = self.db.send()
        self.db.finish(old.id, 1, "accepted", message="old" + old.id, index=True)
        self.db.receipt("old" + old.id, "accepted", second="second" + old.id)
        young, b = self.db.send()
        self.db.rows("insert into otp.check_budget values ('acme', %s, 'login', false, array[now()])", old.number)
        self.db.receipt("nobody's " + old.id, "delivered")
        self.db.rows("update otp.parked_receipt set at = now() - interval '25 h'")
        self.db.pass_time(old.number, 31 * 86400)
        self.purge(30, 10)
        for table, column, value in (("delivery", "request_id", old.id), ("delivery_attempt", "request_id", old.id), ("verification", "id", a.verification_id),
                                     ("provider_message", "request_id", old.id), ("send_budget", "subject", old.number), ("check_budget", "number", old.number)):
            self.assertEqual(self.db.one(f"select count(*) from otp.{table} where {column} = %s", value), 0, table)
        self.assertEqual(self.db.one("select count(*) from otp.parked_receipt"), 0)
        self.assertEqual(self.db.status(young.id), "sending")
        self.assertEqual(self.db.one("select count(*) from otp.verification where id = %s", b.verification_id), 1)


if __name__ == "__main__":
    unittest.main()
