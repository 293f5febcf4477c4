#!/usr/bin/python3
"""Who may do what: each role executes its functions, and no program reads or writes a table."""
import unittest

from store_case import StoreTest

TABLES = ["verification", "delivery", "delivery_attempt", "delivery_event", "send_budget", "check_budget", "provider_message", "parked_receipt", "api_key",
          "tenant_rate", "untold_event", "abuse_bucket", "abuse_mark", "abuse_closed", "purge_mark",
          "ended_mark"]


class grants(StoreTest):
    ALLOWED = {
        "otp_worker": {"begin_sends", "finish_sends", "reject_jobs", "expire_jobs", "sweep_due", "mark_published", "match_parked", "ensure_partitions",
                       "lease_tenant_rate", "untold_events", "forget_events", "keep_outcomes", "sweep_abuse", "untold_abuse", "told_abuse", "closed_by_abuse", "plan_sends",
                       "pauses", "key_ids_in_use"},
        "otp_verify": {"accept_send", "verification_for_resend", "mark_published", "check_codes", "verification_for_check", "cancel_verification",
                       "record_receipts", "open_breaker", "forget_events", "read_verification", "list_deliveries", "find_api_key",
                       "lease_tenant_rate", "closed_by_abuse", "plan_sends", "plan_checks", "key_ids_in_use"},
        "otp_auditor": {"shown_status", "key_ids_in_use"},
        "otp_reader": {"shown_status", "rfc3339", "list_cursor", "read_verification", "list_deliveries"},
    }

    def test_each_role_may_execute_its_functions_and_no_other(self):
        for role, functions in self.ALLOWED.items():
            got = self.db.rows("select p.proname from pg_proc p where p.pronamespace = 'otp'::regnamespace and has_function_privilege(%s, p.oid, 'execute')", role)
            self.assertEqual({r[0] for r in got}, functions, role)

    def test_no_program_reads_or_writes_a_table(self):
        for role in ("otp_worker", "otp_verify", "otp_auditor"):
            for table in TABLES:
                self.assertTrue(self.db.denied(role, f"select 1 from otp.{table}"), f"{role} {table}")
                for privilege in ("insert", "update", "delete", "truncate"):
                    self.assertFalse(self.db.one("select has_table_privilege(%s, %s, %s)", role, "otp." + table, privilege))

    def test_nobody_but_the_owner_reads_tags_seeds_or_keys(self):
        for role in ("otp_worker", "otp_verify", "otp_auditor", "otp_reader"):
            for column in ("tag", "previous_tag", "seed", "code_key_id", "hash_key_id"):
                self.assertTrue(self.db.denied(role, f"select {column} from otp.verification"), f"{role} {column}")

    def test_the_tables_and_functions_belong_to_a_role_that_cannot_log_in(self):
        self.assertEqual(self.db.rows("select rolname from pg_roles where rolname like 'otp\\_%' and rolcanlogin order by 1"),
                         [("otp_auditor",), ("otp_verify",), ("otp_worker",)])
        owners = self.db.rows("select distinct pg_get_userbyid(relowner)::text from pg_class where relnamespace in ('otp'::regnamespace, 'audit'::regnamespace) "
                              "and relname not like 'schema_migration%' union select distinct pg_get_userbyid(proowner)::text from pg_proc "
                              "where pronamespace in ('otp'::regnamespace, 'audit'::regnamespace) order by 1")
        self.assertEqual(owners, [("otp_owner",), ("otp_reader",)])

    def test_every_definer_function_has_a_fixed_search_path(self):
        self.assertEqual(self.db.rows("select proname from pg_proc where pronamespace = 'otp'::regnamespace and prosecdef "
                                      "and not coalesce(proconfig @> array['search_path=otp, pg_catalog, pg_temp'], false)"), [])

    def test_programs_see_the_version_of_the_schema(self):
        for role in ("otp_worker", "otp_verify"):
            self.assertFalse(self.db.denied(role, "select max(version) from otp.schema_migration"))


if __name__ == "__main__":
    unittest.main()
