#!/usr/bin/python3
"""Migrations, and the settings of sessions that they leave in a database."""
import threading
import unittest

from store_case import StoreTest
from store_database import Database


class migrations(StoreTest):
    def test_two_databases_may_be_migrated_at_the_same_time(self):
        errors = []

        def migrate():
            try:
                Database("store_migrate").drop()
            except Exception as error:      # the test's own thread must hear of it
                errors.append(error)
        threads = [threading.Thread(target=migrate) for _ in range(3)]
        for t in threads:
            t.start()
        for t in threads:
            t.join()
        self.assertEqual(errors, [])

    def test_a_session_of_a_program_has_its_settings_in_this_database_only(self):
        rows = self.db.rows("select r.rolname::text, s.setconfig from pg_db_role_setting s join pg_roles r on r.oid = s.setrole join pg_database d on d.oid = s.setdatabase "
                            "where d.datname = current_database() order by 1")
        self.assertEqual([r[0] for r in rows], ["otp_verify", "otp_worker"])
        for _, settings in rows:
            self.assertIn("plan_cache_mode=force_generic_plan", settings)
            self.assertIn("jit=off", settings)


if __name__ == "__main__":
    unittest.main()
