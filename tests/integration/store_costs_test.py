#!/usr/bin/python3
"""What the calls cost the tables: no whole table is read, and updates stay on their page."""
import unittest

from store_case import StoreTest
from store_database import ROUTE, Database, Job, receipt_of


def use_settings_of_worker(session):
    for setting in session.one("select setconfig from pg_db_role_setting s join pg_roles r on r.oid = s.setrole join pg_database d on d.oid = s.setdatabase "
                               "where d.datname = current_database() and r.rolname = 'otp_worker'"):
        session.rows("set {} = '{}'".format(*setting.split("=", 1)))


class of_an_empty_database(StoreTest):
    def test_the_first_calls_of_an_empty_database_are_planned_for_a_full_one(self):
        use_settings_of_worker(self.db)

        def scans():
            self.db.rows("select pg_stat_force_next_flush()")
            self.db.rows("select pg_stat_clear_snapshot()")
            return dict(self.db.rows("select relname::text, seq_scan from pg_stat_user_tables where schemaname = 'otp' and relname in "
                                     "('verification', 'delivery', 'delivery_attempt', 'send_budget', 'check_budget')"))
        before = scans()
        for _ in range(2):
            job, _ = self.db.send(code="right")
            self.db.finish(job.id, 1, "accepted")
            self.db.begin([job])
            self.db.check(job.number, "wrong")
            self.db.check(job.number, "right")
        self.assertEqual(scans(), before)


class of_a_full_database(unittest.TestCase):
    """In a database of its own, filled by the functions and then analyzed."""

    @classmethod
    def setUpClass(cls):
        cls.database = Database("store_costs")
        cls.db = cls.database.session()
        for _ in range(100):
            cls.finish(cls.begin(Job() for _ in range(32)))
        cls.db.rows("analyze")
        cls.db.close()
        cls.db = cls.database.session()
        use_settings_of_worker(cls.db)

    @classmethod
    def tearDownClass(cls):
        cls.db.close()
        cls.database.drop()

    @classmethod
    def begin(cls, jobs):
        jobs = list(jobs)
        cls.db.begin(jobs)
        return jobs

    @classmethod
    def finish(cls, jobs, state="accepted", next=None):
        many = len(jobs)
        cls.db.rows("select * from otp.finish_sends(array_fill('w1'::text, array[%s]), '15 s', %s::uuid[], %s, %s, %s, %s, null, null, %s::text[], null, null, null, null, %s)",
                    many, [j.id for j in jobs], [1] * many, [state] * many, ["M" + j.id for j in jobs], [201] * many, [next] * many, [True] * many)

    def look_up(self, job):
        self.db.finish(job.id, 1, "in_doubt", put_back=True)
        self.assertEqual(self.db.finish(job.id, 1, "accepted", message="L" + job.id, found=True).answer, "ok")

    def statistics(self, columns):
        self.db.rows("select pg_stat_force_next_flush()")
        self.db.rows("select pg_stat_clear_snapshot()")
        return {r[0]: r[1:] for r in self.db.rows(f"select relname::text, {columns} from pg_stat_user_tables where schemaname = 'otp' and n_live_tup > 1000")}

    def test_no_call_reads_a_whole_table(self):
        jobs = self.begin(Job() for _ in range(32))
        before = self.statistics("seq_scan")
        self.assertLessEqual({"verification", "delivery", "delivery_attempt", "send_budget", "provider_message"}, set(before))
        calls = {
            "finish": lambda: self.finish(jobs),
            "begin": lambda: self.finish(self.begin(Job() for _ in range(32)), "not_sent", ROUTE),
            "redelivery": lambda: self.begin(jobs),
            "look-up": lambda: self.look_up(self.begin([Job()])[0]),
            "resend": lambda: self.begin(Job(j.number) for j in jobs),
            "accept": lambda: self.db.accept(Job(jobs[0].number)),
            "published": lambda: self.db.rows("select otp.mark_published(%s::uuid[])", [j.id for j in jobs]),
            "wrong check": lambda: self.db.check(jobs[1].number, "wrong"),
            "right check": lambda: self.db.check(jobs[1].number, jobs[1].code),
            "receipt": lambda: self.db.receipt("M" + jobs[2].id, "delivered"),
            "receipts": lambda: self.db.record([receipt_of("M" + j.id, "delivered", number=j.number) for j in jobs[4:]]),
            "sweep": lambda: self.db.rows("select otp.sweep_due()"),
            "read": lambda: self.db.rows("select otp.read_verification('acme', verification_id) from otp.delivery where request_id = %s", jobs[3].id),
            "list": lambda: self.db.rows("select otp.list_deliveries('acme', null, null, null, null, null, null, null)"),
            "list of a number": lambda: self.db.rows("select otp.list_deliveries('acme', null, null, null, null, %s, null, null)", jobs[3].number),
        }
        for name, call in calls.items():
            call()
            self.assertEqual(self.statistics("seq_scan"), before, name)

    def test_the_normal_path_keeps_its_updates_on_the_page(self):
        for table, (updated, hot) in self.statistics("n_tup_upd, n_tup_hot_upd").items():
            if table in ("delivery", "delivery_attempt"):
                self.assertGreater(updated, 3000, table)
                self.assertGreaterEqual(hot / updated, 0.95, table)


if __name__ == "__main__":
    unittest.main()
