#!/usr/bin/python3
"""What readers see: a verification with all that became of it, lists of deliveries, and the auditors' views."""
import json
import threading
import unittest

import psycopg2

from store_case import StoreTest
from store_database import ROUTE, new_id


class readers(StoreTest):
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

    def test_its_deliveries_are_shown_oldest_first(self):
        first, a = self.db.send()
        self.db.pass_time(first.number, 31)
        second, _ = self.db.send(first.number)
        shown = self.db.one("select otp.read_verification('acme', %s)", a.verification_id)
        self.assertEqual([d["request_id"] for d in shown["deliveries"]], [first.id, second.id])

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

    def test_no_item_is_on_two_pages_though_requests_come_in_while_they_are_read(self):
        tenant = "list" + new_id()
        made = ("insert into otp.delivery (request_id, tenant, number, purpose, status, requested_at, deadline, created_at) select gen_random_uuid(), %s, "
                "'+14155550100', %s, 'sent', now(), now(), clock_timestamp() + i * interval '1 us' from generate_series(1, %s) i")
        for purpose, count in (("rare", 300), ("login", 19900)):
            self.db.rows(made, tenant, purpose, count)
        done, came = threading.Event(), []

        def write():
            session = self.database.session()
            while not done.is_set():
                session.rows(made, tenant, "login", 5)
                came.append(1)
            session.close()
        writer = threading.Thread(target=write)
        writer.start()
        try:
            for _ in range(5):
                first = self.listed(tenant, purpose="rare", limit=500)
                second = self.listed(tenant, first["next_cursor"], purpose="rare", limit=500)
                seen = [i["request_id"] for page in (first, second) for i in page["items"]]
                self.assertEqual((len(seen), len(set(seen))), (300, 300))
                self.db.rows("delete from otp.delivery where tenant = %s and purpose = 'login' and request_id in (select request_id from otp.delivery "
                             "where tenant = %s and purpose = 'login' order by created_at desc offset 19900)", tenant, tenant)
        finally:
            done.set()
            writer.join()
        self.assertGreater(len(came), 5)

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
            self.assertFalse(self.db.denied("otp_auditor", f"select {columns} from audit.{view} limit 1"))
            self.assertTrue(self.db.denied("otp_worker", f"select 1 from audit.{view}"))
            self.assertNotIn(job.number, str(self.db.rows(f"select v::text from audit.{view} v")))
        self.assertEqual(self.db.rows("select audit.mask('+14155550100'), audit.mask('+1415')"), [("+1415****100", "***")])


if __name__ == "__main__":
    unittest.main()
