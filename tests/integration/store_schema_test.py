#!/usr/bin/python3
"""Around the rules: who may do what, what readers see, keys, partitions, retention, migrations, and what the tables cost."""
import hashlib
import json
import threading
import time
import unittest

import psycopg2

from store_database import ROUTE, Database, Job, apply_migrations, new_id, new_number, receipt_of

TABLES = ["verification", "delivery", "delivery_attempt", "delivery_event", "send_budget", "check_budget", "provider_message", "parked_receipt", "api_key",
          "tenant_rate", "untold_event", "abuse_bucket", "abuse_mark", "abuse_closed", "purge_mark",
          "ended_mark"]


def new_hash():
    return hashlib.sha256(new_id().encode()).digest()


def setUpModule():
    global database
    database = Database("store_schema")


def tearDownModule():
    database.drop()


def use_settings_of_worker(session):
    for setting in session.one("select setconfig from pg_db_role_setting s join pg_roles r on r.oid = s.setrole join pg_database d on d.oid = s.setdatabase "
                               "where d.datname = current_database() and r.rolname = 'otp_worker'"):
        session.rows("set {} = '{}'".format(*setting.split("=", 1)))


class Case(unittest.TestCase):
    def setUp(self):
        self.db = database.session()
        self.addCleanup(self.db.close)

    def denied(self, role, sql):
        self.db.rows("set role " + role)
        try:
            self.db.rows(sql)
            return False
        except psycopg2.Error as error:
            if error.pgcode == "42501":
                return True
            raise
        finally:
            self.db.rows("reset role")


class grants(Case):
    ALLOWED = {
        "otp_worker": {"begin_sends", "finish_sends", "reject_jobs", "expire_jobs", "sweep_due", "mark_published", "match_parked", "ensure_partitions",
                       "lease_tenant_rate", "untold_events", "forget_events", "keep_outcomes", "sweep_abuse", "untold_abuse", "told_abuse", "closed_by_abuse", "plan_sends",
                       "pauses", "key_ids_in_use"},
        "otp_verify": {"accept_send", "verification_for_resend", "mark_published", "check_codes", "verification_for_check", "cancel_verification",
                       "record_receipts", "forget_events", "read_verification", "list_deliveries", "find_api_key",
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
                self.assertTrue(self.denied(role, f"select 1 from otp.{table}"), f"{role} {table}")
                for privilege in ("insert", "update", "delete", "truncate"):
                    self.assertFalse(self.db.one("select has_table_privilege(%s, %s, %s)", role, "otp." + table, privilege))

    def test_nobody_but_the_owner_reads_tags_seeds_or_keys(self):
        for role in ("otp_worker", "otp_verify", "otp_auditor", "otp_reader"):
            for column in ("tag", "previous_tag", "seed", "code_key_id", "hash_key_id"):
                self.assertTrue(self.denied(role, f"select {column} from otp.verification"), f"{role} {column}")

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
            self.assertFalse(self.denied(role, "select max(version) from otp.schema_migration"))


class readers(Case):
    def test_a_verification_is_shown_with_its_deliveries_attempts_and_events(self):
        job, a = self.db.send(code="right")
        self.db.finish(job.id, 1, "refused", error="20003", next=ROUTE)
        self.db.finish(job.id, 2, "accepted", message="G1")
        self.db.receipt("G1", "delivered", None, job.id, 2, provider="gupshup")
        shown = self.db.one("select otp.read_verification('acme', %s)", a.verification_id)
        self.assertEqual((shown["id"], shown["status"], shown["to"], shown["purpose"]), (a.verification_id, "pending", job.number[:5] + "****" + job.number[-3:], "login"))
        self.assertRegex(shown["expires_at"], r"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$")
        (delivery,) = shown["deliveries"]
        self.assertEqual([delivery[k] for k in ("request_id", "status", "reason", "channel", "provider")], [job.id, "delivered", None, "sms", "gupshup"])
        self.assertEqual([(x["attempt"], x["provider"], x["state"]) for x in delivery["attempts"]], [(1, "twilio", "refused"), (2, "gupshup", "delivered")])
        self.assertEqual([(x["kind"], x["attempt"]) for x in delivery["events"]], [("refused", 1), ("accepted", 2), ("receipt", 2)])
        for secret in (job.number, "tag", "seed", "key_id", "client_ip"):
            self.assertNotIn(secret, json.dumps(shown))

    def test_it_is_shown_to_its_tenant_only(self):
        _, a = self.db.send()
        self.assertIsNone(self.db.one("select otp.read_verification('other', %s)", a.verification_id))
        self.assertIsNone(self.db.one("select otp.read_verification('acme', %s)", new_id()))

    def test_row_level_security_holds_the_reader_to_one_tenant(self):
        self.db.send()
        self.db.rows("grant otp_reader to current_user; set role otp_reader")
        for tenant, seen in (("acme", True), ("other", False)):
            self.db.rows("select set_config('otp.tenant', %s, false)", tenant)
            for table in ("verification", "delivery"):
                self.assertEqual(self.db.one(f"select count(tenant) > 0 from otp.{table}"), seen)
        self.db.rows("reset role")

    def test_a_closed_or_dead_pending_verification_is_shown_as_what_it_is(self):
        for change, status in (("wrong_checks = 5", "max_attempts_reached"), ("expires_at = now()", "expired")):
            _, a = self.db.send()
            self.db.rows(f"update otp.verification set {change} where id = %s", a.verification_id)
            self.assertEqual(self.db.one("select otp.read_verification('acme', %s)", a.verification_id)["status"], status)
            self.assertEqual(self.db.one("select status from audit.verification where id = %s", a.verification_id), status)

    def listed(self, tenant, cursor=None, limit=50, **filters):
        names = ("status", "provider", "purpose", "user", "to", "created_after", "created_before")
        return self.db.one("select otp.list_deliveries(%s, %s, %s, %s, %s, %s, %s::timestamptz, %s::timestamptz, %s, %s)", tenant,
                           *[filters.get(n) for n in names], limit, cursor)

    def test_deliveries_are_listed_newest_first_page_by_page(self):
        tenant = "list" + new_id()
        ids = [self.db.send(tenant=tenant)[0].id for _ in range(5)]
        self.db.rows("update otp.delivery set created_at = (select max(created_at) from otp.delivery where tenant = %s) where tenant = %s", tenant, tenant)
        seen, cursor = [], None
        for _ in range(3):
            page = self.listed(tenant, cursor, 2)
            seen += [i["request_id"] for i in page["items"]]
            cursor = page["next_cursor"]
        self.assertEqual((seen, cursor), (sorted(ids, reverse=True), None))

    def test_every_filter_of_the_list_holds(self):
        tenant = "list" + new_id()
        one = self.db.send(tenant=tenant, purpose="one", user="u1")[0]
        two = self.db.send(tenant=tenant, purpose="two", user="u2", route="gupshup/sms")[0]
        self.db.finish(two.id, 1, "accepted")
        between = self.db.one("select created_at from otp.delivery where request_id = %s", two.id)
        for filters, found in (({}, [two, one]), ({"status": "sent"}, [two]), ({"provider": "twilio"}, [one]), ({"purpose": "one"}, [one]), ({"user": "u2"}, [two]),
                               ({"to": one.number}, [one]), ({"to": one.number, "status": "sent"}, []), ({"created_before": between}, [one]),
                               ({"created_after": between}, []), ({"to": two.number, "created_after": between}, [])):
            self.assertEqual([i["request_id"] for i in self.listed(tenant, **filters)["items"]], [j.id for j in found], filters)

    def test_what_a_filter_fits_is_found_behind_many_that_it_does_not(self):
        tenant = "list" + new_id()
        oldest = self.db.send(tenant=tenant, purpose="rare")[0]
        self.db.rows("insert into otp.delivery (request_id, tenant, number, purpose, status, requested_at, deadline, created_at) select gen_random_uuid(), %s, "
                     "'+14155550100', 'login', 'sent', now(), now(), now() + i * interval '1 ms' from generate_series(1, 20005) i", tenant)
        first = self.listed(tenant, purpose="rare")
        self.assertEqual(first["items"], [])
        second = self.listed(tenant, first["next_cursor"], purpose="rare")
        self.assertEqual(([i["request_id"] for i in second["items"]], second["next_cursor"]), ([oldest.id], None))

    def test_a_cursor_that_was_never_given_out_is_an_error(self):
        for cursor in ("", "x", "1_2", "1_" + "-" * 36):
            with self.assertRaises(psycopg2.Error) as raised:
                self.listed("acme", cursor)
            self.assertEqual(raised.exception.pgcode, "22023", cursor)

    def test_auditors_read_the_promised_columns_with_numbers_masked(self):
        job, _ = self.db.send()
        for view, columns in (("verification", 'id, tenant, purpose, "user", status, wrong_checks, created_at, expires_at, settled_at'),
                              ("delivery", "request_id, verification_id, tenant, channel, template, locale, status, reason, provider, attempts, created_at, finished_at"),
                              ("delivery_attempt", "request_id, attempt, provider, channel, state, provider_message_id, http_status, error_code, started_at, finished_at"),
                              ("delivery_event", "at, request_id, attempt, kind, status, error_code")):
            self.assertFalse(self.denied("otp_auditor", f"select {columns} from audit.{view} limit 1"))
            self.assertTrue(self.denied("otp_worker", f"select 1 from audit.{view}"))
            self.assertNotIn(job.number, str(self.db.rows(f"select v::text from audit.{view} v")))
        self.assertEqual(self.db.rows("select audit.mask('+14155550100'), audit.mask('+1415')"), [("+1415****100", "***")])


class keys(Case):
    def test_a_key_is_found_by_its_hash_until_it_is_revoked(self):
        hash = new_hash()
        self.assertTrue(self.db.one("select otp.create_api_key(%s, 'acme', '{send,check}')", hash))
        self.assertFalse(self.db.one("select otp.create_api_key(%s, 'other', '{}')", hash))
        self.assertEqual(self.db.rows("select * from otp.find_api_key(%s)", hash), [("acme", ["send", "check"])])
        self.assertTrue(self.db.one("select otp.revoke_api_key(%s)", hash))
        self.assertFalse(self.db.one("select otp.revoke_api_key(%s)", hash))
        self.assertEqual(self.db.rows("select * from otp.find_api_key(%s)", hash), [])

    def test_a_rotated_key_ends_after_its_grace_and_the_new_one_may_do_the_same(self):
        old, new = new_hash(), new_hash()
        self.db.one("select otp.create_api_key(%s, 'acme', '{send,check}')", old)
        id = self.db.one("select otp.api_key_id(%s)", old)
        self.assertEqual(self.db.rows("select tenant, scopes from otp.rotate_api_key(%s, %s, '1 h')", id, new), [("acme", ["send", "check"])])
        for hash in (old, new):
            self.assertEqual(self.db.rows("select * from otp.find_api_key(%s)", hash), [("acme", ["send", "check"])])
        self.db.rows("update otp.api_key set revoked_at = revoked_at - interval '1 h' where hash = %s", old)
        self.assertEqual(self.db.rows("select * from otp.find_api_key(%s)", old), [])
        self.assertEqual(self.db.rows("select * from otp.rotate_api_key(%s, %s, '1 h')", id, new_hash()), [])

    def test_a_second_rotation_does_not_prolong_the_first_key(self):
        old = new_hash()
        self.db.one("select otp.create_api_key(%s, 'acme', '{}')", old)
        id = self.db.one("select otp.api_key_id(%s)", old)
        ends = [self.db.one("select ends_at from otp.rotate_api_key(%s, %s, %s::interval)", id, new_hash(), grace) for grace in ("1 h", "9 h")]
        self.assertEqual(ends[0], ends[1])

    def test_keys_are_listed_without_what_they_could_be_found_by_and_revoked_by_id(self):
        tenant, hash = "list" + new_id(), new_hash()
        self.db.one("select otp.create_api_key(%s, %s, '{read}')", hash, tenant)
        self.db.rows("select * from otp.find_api_key(%s)", hash)
        (key,) = self.db.call("select * from otp.list_api_keys(%s)", tenant)
        self.assertEqual((key.tenant, key.scopes, key.revoked_at), (tenant, ["read"], None))
        self.assertIsNotNone(key.last_used_at)
        self.assertEqual(len(key.id), 12)
        self.assertEqual(self.db.one("select otp.revoke_api_key_id(%s)", key.id), 1)
        self.assertEqual(self.db.one("select otp.revoke_api_key_id(%s)", key.id), 0)
        self.assertEqual(self.db.rows("select * from otp.find_api_key(%s)", hash), [])
        self.assertEqual(self.db.call("select * from otp.list_api_keys(%s)", "nobody"), [])


class retention(Case):
    def test_partitions_are_made_two_weeks_ahead_and_once(self):
        self.assertEqual(self.db.one("select count(*) from pg_inherits where inhparent = 'otp.delivery_event'::regclass"), 17)
        self.assertEqual(self.db.one("select otp.ensure_partitions(14)"), 0)
        self.assertEqual(self.db.one("select otp.ensure_partitions(15)"), 1)
        self.db.send(age=400)
        self.assertEqual(self.db.one("select count(*) from otp.delivery_event_default"), 0)

    def test_only_wholly_old_partitions_are_named_for_dropping(self):
        self.assertEqual(self.db.rows("select otp.expired_partitions(30)"), [])
        self.assertEqual(len(self.db.rows("select otp.expired_partitions(0)")), 1)

    def test_a_purge_settles_what_nobody_came_back_for_in_a_day(self):
        old, closed, young = [self.db.send()[1].verification_id for _ in range(3)]
        for verification, age, wrong in ((old, 25, 0), (closed, 25, 5), (young, 23, 0)):
            self.db.rows("update otp.verification set expires_at = now() - make_interval(hours => %s), wrong_checks = %s where id = %s", age, wrong, verification)
        self.db.rows("update otp.purge_mark set passed_at = null")
        while self.db.one("select otp.purge_rows()"):
            pass
        self.assertEqual([self.db.rows("select status::text, settled_at is not null from otp.verification where id = %s", v)[0] for v in (old, closed, young)],
                         [("expired", True), ("max_attempts_reached", True), ("pending", False)])

    def test_a_purge_goes_on_where_its_last_call_ended(self):
        self.db.rows("insert into otp.send_budget (tenant, kind, subject, times) select 'many', 'n', i::text, array[now() - interval '49 h'] from generate_series(1, 30000) i")
        self.db.rows("update otp.purge_mark set passed_at = null")
        self.assertGreaterEqual(self.db.one("select otp.purge_rows(30, 1000)"), 1000)
        page = self.db.one("select page from otp.purge_mark where name = 'send_budget'")
        self.assertGreater(page, 0)
        left = self.db.one("select count(*) from otp.send_budget where tenant = 'many' and ctid < format('(%%s,0)', %s::bigint)::tid", page)
        self.assertEqual(left, 0)
        while self.db.one("select otp.purge_rows(30, 1000)"):
            pass
        self.assertEqual(self.db.one("select count(*) from otp.send_budget where tenant = 'many'"), 0)

    def given_up_while_a_reader_holds_the_events(self, sql):
        """This call ends with 55P03, and no begin or finish beside it takes long."""
        reader, took, done = database.session(), [], threading.Event()
        self.addCleanup(reader.close)
        reader.rows("begin")
        reader.rows("select count(*) from otp.delivery_event")
        self.db.rows("set lock_timeout = '5s'")     # that of the function must be shorter

        def write():
            session = database.session()
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
        self.db.rows("update otp.purge_mark set passed_at = null")
        while self.db.one("select otp.purge_rows(30, 10)"):
            pass
        for table, column, value in (("delivery", "request_id", old.id), ("delivery_attempt", "request_id", old.id), ("verification", "id", a.verification_id),
                                     ("provider_message", "request_id", old.id), ("send_budget", "subject", old.number), ("check_budget", "number", old.number)):
            self.assertEqual(self.db.one(f"select count(*) from otp.{table} where {column} = %s", value), 0, table)
        self.assertEqual(self.db.one("select count(*) from otp.parked_receipt"), 0)
        self.assertEqual(self.db.delivery(young.id)[0], "sending")
        self.assertEqual(self.db.one("select count(*) from otp.verification where id = %s", b.verification_id), 1)


class migrations(unittest.TestCase):
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
        session = database.session()
        self.addCleanup(session.close)
        rows = session.rows("select r.rolname::text, s.setconfig from pg_db_role_setting s join pg_roles r on r.oid = s.setrole join pg_database d on d.oid = s.setdatabase "
                            "where d.datname = current_database() order by 1")
        self.assertEqual([r[0] for r in rows], ["otp_verify", "otp_worker"])
        for _, settings in rows:
            self.assertIn("plan_cache_mode=force_generic_plan", settings)
            self.assertIn("jit=off", settings)

    def test_the_first_calls_of_an_empty_database_are_planned_for_a_full_one(self):
        empty = Database("store_empty")
        self.addCleanup(empty.drop)
        session = empty.session()
        self.addCleanup(session.close)
        use_settings_of_worker(session)

        def scans():
            session.rows("select pg_stat_force_next_flush()")
            session.rows("select pg_stat_clear_snapshot()")
            return dict(session.rows("select relname::text, seq_scan from pg_stat_user_tables where schemaname = 'otp' and relname in "
                                     "('verification', 'delivery', 'delivery_attempt', 'send_budget', 'check_budget')"))
        before = scans()
        for _ in range(2):
            job, _ = session.send(code="right")
            session.finish(job.id, 1, "accepted")
            session.begin([job])
            session.check(job.number, "wrong")
            session.check(job.number, "right")
        self.assertEqual(scans(), before)


class costs(unittest.TestCase):
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
