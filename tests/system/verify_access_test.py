#!/usr/bin/python3
"""Who may call what, what every refusal looks like, health, and how the program starts and stops."""
import hashlib
import json
import os
import signal
import subprocess
import threading
import time
import unittest

from verify_service import HASH_KEYS, LIMIT, Gate, Verify, World, database_url, environment, eventually, new_id, new_number, sanitizer_options

KEYED = [("POST", "/v1/verifications", "send"), ("GET", "/v1/verifications/" + new_id(), "read"),
         ("POST", f"/v1/verifications/{new_id()}/check", "check"), ("POST", "/v1/check", "check"), ("POST", "/send-otp", "send"),
         ("POST", "/resend-otp", "send"), ("POST", "/verify-otp", "check")]
OPEN = ["/livez", "/readyz", "/healthz", "/metrics", "/.well-known/jwks.json"]


def takes_sigterm(pid):
    with open(f"/proc/{pid}/status", encoding="ascii") as file:
        [caught] = [line.split()[1] for line in file if line.startswith("SigCgt:")]
    return int(caught, 16) >> (signal.SIGTERM - 1) & 1


class Case(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.world = World()
        cls.addClassCleanup(cls.world.close)

    def call(self, *given, **more):
        return self.world.verify.call(*given, **more)


class keys(Case):
    def test_without_a_living_key_nothing_is_answered(self):
        for method, path, _ in KEYED:
            a = self.call(method, path, {} if method == "POST" else None)
            self.assertEqual((a.status, a.type, a.headers["WWW-Authenticate"]), (401, "application/problem+json", "Bearer"), path)
            for header in ("Bearer unknown", "Basic " + self.world.key):
                a = self.call(method, path, headers={"Authorization": header})
                self.assertEqual(a.status, 401)
                self.assertTrue(a.headers["WWW-Authenticate"].startswith("Bearer"))

    def test_a_key_without_the_scope_is_refused(self):
        for method, path, scope in KEYED:
            others = self.world.new_key("acme", *({"send", "check", "read", "admin"} - {scope}))
            a = self.call(method, path, {} if method == "POST" else None, others)
            self.assertEqual((a.status, a.json["code"]), (403, "missing_scope"), path)
            self.assertIn(scope, a.json["detail"])
            self.assertNotIn(self.call(method, path, {} if method == "POST" else None, self.world.new_key("acme", scope)).status, (401, 403))

    def test_a_revoked_key_is_refused_within_five_seconds(self):
        key = self.world.new_key("acme", "read")
        path = "/v1/verifications/" + new_id()
        self.assertEqual(self.call("GET", path, key=key).status, 404)
        revoked = time.monotonic()
        self.world.db.rows("select otp.revoke_api_key(%s)", hashlib.sha256(key.encode()).digest())
        eventually("refused", lambda: self.call("GET", path, key=key).status == 401)
        self.assertLess(time.monotonic() - revoked, 5)

    def test_health_needs_no_key(self):
        for path in OPEN:
            self.assertEqual(self.call("GET", path).status, 200, path)

    def test_with_auth_off_everyone_is_tenant_default(self):
        free = Verify(self.world.database, self.world.vhost.url(), OTP_AUTH="off")
        self.addCleanup(free.kill)
        number, id = self.world.texted("123456", tenant="default")
        a = free.call("POST", "/v1/check", {"to": number, "code": "123456"})
        self.assertEqual((a.status, a.json["id"], a.json["valid"]), (200, id, True))
        number, _ = self.world.texted("123456", tenant="acme")
        self.assertEqual(free.call("POST", "/v1/check", {"to": number, "code": "123456"}, self.world.key).status, 404)

    def test_with_auth_off_pages_of_other_sites_may_not_call_unless_they_are_listed(self):
        free = Verify(self.world.database, self.world.vhost.url(), OTP_AUTH="off", OTP_CORS_ORIGINS="https://app.example.com")
        self.addCleanup(free.kill)
        by_a_page = {"Sec-Fetch-Site": "cross-site", "Content-Type": "text/plain"}
        other, listed = ({**by_a_page, "Origin": origin} for origin in ("https://evil.example", "https://app.example.com"))
        for method, path, body in (("POST", "/send-otp", {}), ("POST", "/v1/verifications", {}), ("GET", "/api/v1/messaging/test-twilio/", None)):
            for page in (other, by_a_page):
                a = free.call(method, path, body, headers=page)
                self.assertEqual((a.status, a.json["code"]), (403, "origin_not_allowed"), path)
            for caller in (listed, {**other, "Sec-Fetch-Site": "same-origin"}, {"Origin": "https://evil.example"}, {}):
                self.assertEqual(free.call(method, path, body, headers=caller).status, 400, path)


class refusals(Case):
    def test_another_method_is_405_with_those_that_are_allowed(self):
        for method, path, allowed in (("DELETE", "/v1/check", "POST"), ("GET", "/send-otp", "POST"), ("POST", "/livez", "GET, HEAD")):
            a = self.call(method, path, key=self.world.key)
            self.assertEqual((a.status, a.headers["Allow"], a.type), (405, allowed, "application/problem+json"))

    def test_an_unknown_path_is_404(self):
        a = self.call("GET", "/v2/check", key=self.world.key)
        self.assertEqual((a.status, a.type, a.json["status"]), (404, "application/problem+json", 404))

    def test_a_body_over_16_kib_is_413(self):
        for size, status in ((16384, 400), (16385, 413)):
            self.assertEqual(self.call("POST", "/v1/check", b"x" * size, self.world.key).status, status)

    def test_a_problem_has_every_member(self):
        a = self.call("POST", "/v1/check", {"to": "+14155550100"}, self.world.key)
        self.assertEqual(set(a.json), {"type", "title", "status", "detail", "code", "errors"})
        self.assertEqual((a.json["status"], a.json["title"]), (400, "Bad Request"))


class health(Case):
    def test_readiness_lists_each_check(self):
        a = self.call("GET", "/readyz")
        self.assertEqual((a.status, a.json), (200, {"status": "ready", "checks": {"database": {"ok": True}, "broker": {"ok": True}}}))

    def test_without_the_broker_it_is_not_ready_but_alive(self):
        gate = Gate(self.world.vhost.host, self.world.vhost.port)
        self.addCleanup(gate.close)
        verify = Verify(self.world.database, self.world.vhost.url(gate.port))
        self.addCleanup(verify.kill)
        gate.cut()
        a = eventually("not ready", lambda: (r := verify.call("GET", "/readyz")).status == 503 and r)
        self.assertEqual((a.json["status"], a.json["checks"]["broker"]["ok"], a.json["checks"]["database"]["ok"]), ("not_ready", False, True))
        self.assertIn("Retry-After", a.headers)
        self.assertEqual(verify.call("GET", "/livez").status, 200)

    def test_without_the_database_it_is_not_ready_and_answers_503(self):
        url = environment("DATABASE_URL").rpartition("@")[2].partition("/")[0]
        host, _, port = url.rpartition(":")
        gate = Gate(host, int(port))
        self.addCleanup(gate.close)
        through = database_url(self.world.database.name).replace(url, f"127.0.0.1:{gate.port}")
        verify = Verify(self.world.database, self.world.vhost.url(), DATABASE_URL=through)
        self.addCleanup(verify.kill)
        gate.cut()
        self.assertEqual(verify.call("GET", "/readyz").json["checks"]["database"]["ok"], False)
        a = verify.call("POST", "/v1/check", {"to": new_number(), "code": "123456"}, self.world.key)
        self.assertEqual((a.status, a.type), (503, "application/problem+json"))
        self.assertIn("Retry-After", a.headers)

    def test_it_is_not_ready_while_the_database_takes_no_writes_and_ready_again_after(self):
        change = f'alter database "{self.world.database.name}" set default_transaction_read_only = '
        self.world.db.rows(change + "on")
        self.addCleanup(self.world.db.rows, change + "off")
        self.world.db.rows("select pg_terminate_backend(pid) from pg_stat_activity "
                           "where datname = current_database() and application_name = 'otp-verify'")
        # What finds its session ended says so first.
        read_only = {"ok": False, "detail": "the database takes no writes: it is read-only, or a standby"}
        eventually("not ready, and why", lambda: (r := self.call("GET", "/readyz")).status == 503 and r.json["checks"]["database"] == read_only)
        self.world.db.rows(change + "off")
        eventually("ready again, with new sessions", lambda: self.call("GET", "/readyz").status == 200)

    def test_metrics_count_what_no_handler_answers_too(self):
        self.world.post("/v1/check", {"to": "1" * 20_000})
        self.call("GET", "/no/such/path")
        text = self.call("GET", "/metrics").text
        self.assertIn('otp_verify_answers_total{route="/v1/check",status="413"}', text)
        self.assertIn('otp_verify_answers_total{route="none",status="404"}', text)

    def test_metrics_count_answers_by_route_and_never_name_a_number(self):
        number = new_number()
        self.world.post("/v1/check", {"to": number, "code": "123456"})
        text = self.call("GET", "/metrics").text
        self.assertIn('otp_verify_answers_total{route="/v1/check",status="404"}', text)
        self.assertNotIn(number[1:], text)


class life(Case):
    def run_program(self, *arguments, **settings):
        values = {**sanitizer_options(), "AMQP_URL": self.world.vhost.url(), "DATABASE_URL": database_url(self.world.database.name),
                  "OTP_HASH_KEYS": "h1:" + HASH_KEYS["h1"].hex(), "OTP_LISTEN": "127.0.0.1:0", **settings}
        program = os.path.join(environment("OTP_BUILD_DIR"), "bin", "otp-verify")
        done = subprocess.run([program, *arguments], env=values, capture_output=True, text=True, timeout=LIMIT)
        return done.returncode, done.stdout, done.stderr

    def test_a_stop_lets_a_request_under_way_end(self):
        verify = Verify(self.world.database, self.world.vhost.url())
        self.addCleanup(verify.kill)
        number, id = self.world.texted("123456")
        holder = self.world.database.session()
        self.addCleanup(holder.close)
        holder.connection.autocommit = False
        holder.rows("select 1 from otp.verification where id = %s for update", id)
        answers = []
        asking = threading.Thread(target=lambda: answers.append(
            verify.call("POST", "/v1/check", {"to": number, "code": "123456"}, self.world.key)))
        asking.start()
        eventually("the check waits", lambda: self.world.db.one(
            "select count(*) from pg_stat_activity where wait_event_type = 'Lock' and datname = %s", self.world.database.name))
        verify.process.terminate()
        eventually("it is stopping", lambda: any('"event":"stopping"' in line for line in verify.log))
        holder.connection.rollback()
        asking.join(LIMIT)
        self.assertEqual([a.status for a in answers], [200])
        self.assertEqual(verify.ended(), 0)

    def test_a_stop_ends_the_wait_for_a_server_at_once(self):
        verify = Verify(self.world.database, "amqp://127.0.0.1:1/", wait=False)
        self.addCleanup(verify.kill)
        eventually("it waits for the broker", lambda: any('"event":"broker"' in line for line in verify.log))
        self.assertEqual(verify.stop(), 0)
        self.assertIsNone(verify.address)

    def test_a_stop_at_any_moment_of_the_start_ends_it(self):
        begun = time.monotonic()
        Verify(self.world.database, self.world.vhost.url()).kill()
        span = time.monotonic() - begun
        for part in range(8):
            verify = Verify(self.world.database, self.world.vhost.url(), wait=False)
            self.addCleanup(verify.kill)
            eventually("it takes the signal", lambda: takes_sigterm(verify.process.pid))
            time.sleep(span * part / 6)
            with self.subTest(after=span * part / 6):
                self.assertEqual(verify.stop(), 0, verify.log)

    def test_wrong_settings_are_all_named_and_end_with_78(self):
        code, _, errors = self.run_program(AMQP_URL="http://x", OTP_HASH_KEYS="", OTP_LISTEN="0.0.0.0:1", OTP_AUTH="off", OTP_DEFAULT_REGION="usa")
        self.assertEqual(code, 78)
        for name in ("AMQP_URL", "OTP_HASH_KEYS", "OTP_AUTH", "OTP_DEFAULT_REGION"):
            self.assertIn(name, errors)
        self.assertEqual(self.run_program("--otp-listn", "x")[0], 64)

    def test_a_file_of_authorities_that_cannot_be_used_ends_it_with_78(self):
        code, _, errors = self.run_program(AMQP_URL="amqps://127.0.0.1:1/", AMQP_CA_FILE="/nowhere.pem")
        self.assertEqual((code, "/nowhere.pem" in errors), (78, True), errors)

    def test_check_config_shows_settings_without_secrets(self):
        code, shown, _ = self.run_program("--check-config")
        self.assertEqual(code, 0)
        self.assertIn("OTP_LISTEN = 127.0.0.1:0", shown)
        self.assertNotIn(HASH_KEYS["h1"].hex(), shown)

    def test_a_server_that_cannot_be_reached_ends_it_with_69(self):
        for broken in ({"AMQP_URL": "amqp://127.0.0.1:1/"}, {"DATABASE_URL": "postgresql://u@127.0.0.1:1/x"}):
            code, _, errors = self.run_program(OTP_STARTUP_WAIT_SECONDS="0", **broken)
            self.assertEqual(code, 69, errors)

    def test_an_older_schema_ends_it_with_78_and_the_command_to_run(self):
        self.world.db.rows("create table otp.put_aside as select * from otp.schema_migration; delete from otp.schema_migration where version > 3")
        try:
            code, _, errors = self.run_program()
        finally:
            self.world.db.rows("delete from otp.schema_migration; insert into otp.schema_migration select * from otp.put_aside; "
                               "drop table otp.put_aside")
        self.assertEqual(code, 78)
        self.assertIn("otpctl migrate", errors)

    def test_a_schema_whose_version_it_may_not_read_is_an_older_one(self):
        self.world.db.rows("revoke select on otp.schema_migration from otp_verify")
        try:
            code, _, errors = self.run_program(OTP_STARTUP_WAIT_SECONDS="0")
        finally:
            self.world.db.rows("grant select on otp.schema_migration to otp_verify")
        self.assertEqual(code, 78, errors)
        self.assertIn("otpctl migrate", errors)

    def test_the_role_of_another_program_ends_it_with_78(self):
        other = database_url(self.world.database.name).replace("role%3Dotp_verify", "role%3Dotp_worker")
        code, _, errors = self.run_program(DATABASE_URL=other)
        self.assertEqual(code, 78)
        self.assertIn("DATABASE_URL logs in as role otp_worker, which may not execute otp.find_api_key: set it to that of role otp_verify", errors)

    def test_nothing_secret_is_logged(self):
        verify = Verify(self.world.database, self.world.vhost.url(), OTP_LOG_LEVEL="debug")
        self.addCleanup(verify.kill)
        number, _ = self.world.texted("7391648205")
        verify.call("POST", "/v1/check", {"to": number, "code": "7391648205"}, self.world.key)
        self.assertEqual(verify.stop(), 0)
        text = "".join(verify.log)
        for secret in ("7391648205", number[1:], self.world.key, HASH_KEYS["h1"].hex()):
            self.assertNotIn(secret, text)
        for line in verify.log:
            json.loads(line)


if __name__ == "__main__":
    unittest.main()
