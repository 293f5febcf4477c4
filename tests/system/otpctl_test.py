#!/usr/bin/python3
"""otpctl as an operator meets it: what it publishes and makes, what it refuses and with which exit code."""
import hashlib
import json
import subprocess
import tempfile
import unittest
import uuid

from broker import Broker
from database import Database
from jobs import new_number, now
from programs import PATIENCE, ROOT, environment, need, program, run_otpctl, with_path

USAGE, UNAVAILABLE, CONFIGURATION = 64, 69, 78


def refusal(words, **settings):
    """Exit code and message."""
    done = subprocess.run([program("otpctl"), *words], env=environment(settings), cwd=ROOT, capture_output=True, text=True, timeout=PATIENCE)
    return done.returncode, done.stderr


class check_config(unittest.TestCase):
    def test_names_what_is_wrong_with_the_file_and_the_nearest_key(self):
        with tempfile.NamedTemporaryFile("w", suffix=".toml") as file:
            file.write("otp_queu = 'x'\n")
            file.flush()
            code, told = refusal(["--config", file.name, "--check-config"])
        self.assertEqual(code, CONFIGURATION)
        self.assertIn("unknown key otp_queu; the nearest known one is otp_queue", told)
        self.assertEqual(refusal(["--check-config"]), (0, ""))

    def test_tells_what_holds_and_what_is_wrong_with_each_setting_that_a_command_reads(self):
        done = subprocess.run([program("otpctl"), "--check-config"], env=environment({}), capture_output=True, text=True, timeout=PATIENCE)
        for line in ("OTP_QUEUE = otp.send", "OTP_RETENTION_DAYS = 30", "OTP_STARTUP_WAIT_SECONDS = 60"):
            self.assertIn(line, done.stdout.splitlines())
        for name, value in (("OTP_RETENTION_DAYS", "abc"), ("AMQP_URL", "nonsense"), ("DATABASE_URL", "nonsense"), ("OTP_QUEUE", "q" * 256)):
            code, told = refusal(["--check-config"], **{name: value})
            self.assertEqual((code, name in told), (CONFIGURATION, True), told)


class command_line(unittest.TestCase):
    """Of servers that are not there: each ends before it would reach one."""

    away = {"DATABASE_URL": "postgresql://u@127.0.0.1:1/x", "AMQP_URL": "amqp://127.0.0.1:1/"}

    def test_a_wrong_wait_for_servers_is_bad_configuration(self):
        for words in (["status", new_number()], ["pause", "list"], ["dead", "list"], ["topology", "apply"], ["enqueue", "--to", new_number()]):
            code, told = refusal(words, **self.away, OTP_STARTUP_WAIT_SECONDS="5s")
            self.assertEqual((code, "OTP_STARTUP_WAIT_SECONDS must be a whole number" in told), (CONFIGURATION, True), (words, told))

    def test_a_flag_of_another_command_is_wrong_usage(self):
        id = str(uuid.uuid4())
        for flag, *words in (("--reason", "pause", "list"), ("--workers", "breaker", "open", "twilio", "sms"), ("--reason", "breaker", "list"),
                             ("--reason", "breaker", "close", "twilio", "sms"), ("--id", "keys", "check"), ("--out", "keys", "rotate", "code"),
                             ("--folder", "migrate", "status"), ("--grace", "apikey", "revoke", "0" * 12), ("--body", "dead", "list")):
            code, told = refusal([*words, flag, id], **self.away)
            self.assertEqual((code, f"unknown flag {flag}" in told), (USAGE, True), (words, told))

    def test_a_tenant_that_cannot_be_is_wrong_usage(self):
        for words in (["export", "deliveries", "--from", now(-60), "--to", now()], ["status", new_number()], ["apikey", "list"]):
            for tenant in ("ACME", "Other!", "", "-x"):
                code, told = refusal([*words, "--tenant=" + tenant], **self.away)
                self.assertEqual((code, "--tenant must be 1 to 64 of a-z" in told), (USAGE, True), (words, tenant, told))

    def test_a_reason_that_could_make_a_terminal_obey_is_wrong_usage(self):
        for reason in (b"two\nlines", b"\x1b[2J", b"a\x7fb", "\x9b2J".encode(), b"\xff"):
            for words in (["pause", "queue"], ["breaker", "open", "twilio", "sms"]):
                code, told = refusal([*words, "--reason", reason], **self.away)
                self.assertEqual((code, "--reason must be one line of text" in told), (USAGE, True), (words, reason, told))

    def test_a_time_that_no_clock_here_can_hold_is_told_which_there_are(self):
        late = "9999-12-31T23:59:59Z"
        for words in (["export", "events", "--from", now(), "--to", late], ["dead", "list", "--before", late], ["status", new_number(), "--at", late]):
            code, told = refusal(words, **self.away)
            self.assertEqual((code, "(RFC 3339) of the years 1678 to 2261" in told), (USAGE, True), (words, told))

    def test_the_value_of_a_setting_may_be_spelled_as_a_command(self):
        code, told = refusal(["--otp-queue", "dead", "--otp-listen", "status", "pause", "planet", "mars"])
        self.assertEqual((code, "unknown command pause planet" in told), (USAGE, True), told)
        code, told = refusal(["statsu", "status"])
        self.assertEqual((code, "unknown command statsu; the nearest known one is status" in told), (USAGE, True), told)


class topology(unittest.TestCase):
    def test_a_file_of_authorities_that_cannot_be_used_is_bad_configuration(self):
        code, told = refusal(["topology", "apply"], AMQP_URL="amqps://127.0.0.1:1/", AMQP_CA_FILE="/nowhere.pem")
        self.assertEqual((code, "/nowhere.pem" in told), (CONFIGURATION, True), told)

    def test_a_queue_that_is_spoken_for_is_bad_configuration(self):
        code, told = refusal(["topology", "apply"], AMQP_URL="amqp://127.0.0.1:1/", OTP_QUEUE="send")
        self.assertEqual((code, told.startswith("otpctl: OTP_QUEUE cannot be a queue of jobs: ")), (CONFIGURATION, True), told)


class enqueue(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.broker = Broker()
        cls.addClassCleanup(cls.broker.close)
        run_otpctl(["topology", "apply"], {"AMQP_URL": cls.broker.url})

    def enqueue(self, *words):
        """What it printed, and the jobs on the queue."""
        printed = run_otpctl(["enqueue", *words], {"AMQP_URL": self.broker.url})
        return printed.strip(), [json.loads(body) for _, _, body in self.broker.drain("otp.send")]

    def test_a_job_is_what_the_flags_say_and_its_id_is_printed(self):
        number, id = new_number(), str(uuid.uuid4())
        printed, [job] = self.enqueue("--to", number, "--tenant", "acme", "--purpose", "login", "--channel", "sms", "--channel", "whatsapp",
                                      "--app", "Acme", "--locale", "de", "--user", "u-1", "--ttl", "120", "--code-length", "8",
                                      "--request-id", id)
        self.assertEqual(printed, id)
        self.assertLessEqual(job.pop("requested_at"), now())
        self.assertEqual(job, {"version": 1, "request_id": id, "to": number, "tenant": "acme", "purpose": "login", "template": "otp",
                               "channel": ["sms", "whatsapp"], "variables": {"app": "Acme"}, "locale": "de", "user": "u-1",
                               "ttl_seconds": 120, "code_length": 8})

    def test_what_no_flag_says_about_a_code_is_left_to_the_worker(self):
        _, [job] = self.enqueue("--to", new_number())
        self.assertEqual(set(job), {"version", "request_id", "to", "tenant", "purpose", "template", "requested_at"})

    def test_several_numbers_get_a_job_and_an_id_each(self):
        numbers = [new_number(), new_number()]
        printed, jobs = self.enqueue("--to", numbers[0], "--to", numbers[1])
        self.assertEqual((printed, [job["to"] for job in jobs]), ("2 jobs", numbers))
        self.assertEqual(len({job["request_id"] for job in jobs}), 2)

    def test_a_range_is_published_in_batches_each_asked_for_when_it_goes(self):
        printed, jobs = self.enqueue("--to-range", "+14155200000", "--count", "2001")
        self.assertEqual(printed, "2001 jobs")
        self.assertEqual([job["to"] for job in jobs], ["+1415520%04d" % n for n in range(2001)])
        self.assertEqual(len({job["request_id"] for job in jobs}), 2001)
        self.assertLess(jobs[999]["requested_at"], jobs[2000]["requested_at"])

    def test_what_would_end_on_otp_dead_is_refused_and_nothing_is_published(self):
        number, other = new_number(), new_number()
        for word, *words in (("--to", ), ("--to", "--count", "2"), ("--to", "--to", number, "--count", "2"),
                             ("--to", "--to", number, "--to-range", other),
                             ("--request-id", "--to", number, "--to", other, "--request-id", str(uuid.uuid4())),
                             ("--request-id", "--to-range", number, "--count", "2", "--request-id", str(uuid.uuid4())),
                             ("--request-id", "--to", number, "--request-id", "one"), ("E.164", "--to", "4155550100"),
                             ("tenant", "--to", number, "--tenant", "A b"), ("purpose", "--to", number, "--purpose", "A b"),
                             ("locale", "--to", number, "--locale", "_"), ("--channel", "--to", number, "--channel", "pigeon"),
                             ("--ttl", "--to", number, "--ttl", "5")):
            code, told = refusal(["enqueue", *words], AMQP_URL=self.broker.url)
            self.assertEqual(code, USAGE, (words, told))
            self.assertIn(word, told)
            self.assertNotIn(number[1:], told)
        self.assertEqual(self.broker.depth("otp.send"), 0)


class apikey(unittest.TestCase):
    def test_a_key_is_printed_and_its_hash_kept(self):
        database = Database()
        self.addCleanup(database.close)
        key = run_otpctl(["apikey", "create", "--tenant", "acme", "--scopes", "send,read,send"], {"DATABASE_URL": database.url}).strip()
        self.assertRegex(key, "^otp_[0-9a-f]{64}$")
        [row] = database.rows("select tenant, scopes from otp.api_key where hash = %s", hashlib.sha256(key.encode()).digest())
        self.assertEqual(row, {"tenant": "acme", "scopes": ["send", "read"]})

    def test_a_key_that_could_not_be_printed_is_no_success(self):
        database = Database()
        self.addCleanup(database.close)
        with open("/dev/full", "w", encoding="ascii") as full:
            done = subprocess.run([program("otpctl"), "apikey", "create", "--tenant", "acme"], env=environment({"DATABASE_URL": database.url}),
                                  cwd=ROOT, stdout=full, stderr=subprocess.PIPE, text=True, timeout=PATIENCE)
        self.assertEqual((done.returncode, "standard output takes no more" in done.stderr), (UNAVAILABLE, True), done.stderr)

    def test_the_end_of_a_rotated_key_is_told_in_utc_whatever_the_session_writes(self):
        database = Database()
        self.addCleanup(database.close)
        database.rows(f'alter database "{database.name}" set datestyle = "German"')
        database.rows(f'alter database "{database.name}" set timezone = "Asia/Kolkata"')
        settings = {"DATABASE_URL": database.url}

        def rotated(*words):
            key = json.loads(run_otpctl(["apikey", "create", "--tenant", "acme", "--json"], settings))
            done = subprocess.run([program("otpctl"), "apikey", "rotate", key["id"], "--grace", "600", *words], env=environment(settings), cwd=ROOT,
                                  capture_output=True, text=True, timeout=PATIENCE, check=True)
            [state] = [one["state"] for one in map(json.loads, run_otpctl(["apikey", "list", "--json"], settings).splitlines()) if one["id"] == key["id"]]
            return key["id"], state.removeprefix("ends "), done

        id, end, done = rotated()
        self.assertRegex(end, r"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$")
        self.assertEqual(done.stderr, f"Key {id} ends at {end}.\n")
        id, end, done = rotated("--json")
        told = json.loads(done.stdout)
        self.assertEqual((told["old_id"], told["old_ends_at"], done.stderr), (id, end, ""))
        self.assertEqual(told["id"], hashlib.sha256(told["key"].encode()).hexdigest()[:12])

    def test_a_wrong_tenant_or_scope_is_wrong_usage(self):
        for word, *words in (("--tenant", "--tenant", "A b"), ("--tenant",), ("--scopes", "--tenant", "acme", "--scopes", ""),
                             ("all", "--tenant", "acme", "--scopes", "send,all")):
            code, told = refusal(["apikey", "create", *words], DATABASE_URL=need("DATABASE_URL"))
            self.assertEqual(code, USAGE, told)
            self.assertIn(word, told)

    def test_a_database_without_the_schema_is_bad_configuration_and_one_that_is_away_is_unavailable(self):
        words = ["apikey", "create", "--tenant", "acme"]
        code, told = refusal(words, DATABASE_URL=with_path(need("DATABASE_URL"), "postgres"))
        self.assertEqual((code, "run `otpctl migrate`" in told), (CONFIGURATION, True), told)
        code, told = refusal(words, DATABASE_URL="mysql://u:hidden-one@127.0.0.1/x")
        self.assertEqual((code, "DATABASE_URL" in told, "hidden-one" in told), (CONFIGURATION, True, False), told)
        away = refusal(words, DATABASE_URL="postgresql://u@127.0.0.1:1/x", OTP_STARTUP_WAIT_SECONDS="0")
        self.assertEqual(away[0], UNAVAILABLE, away[1])


class older_schema(unittest.TestCase):
    def test_ends_each_command_over_it_with_78_and_the_command_to_run_and_nothing_is_published(self):
        database, broker, number = Database(), Broker(), new_number()
        self.addCleanup(database.close)
        self.addCleanup(broker.close)
        run_otpctl(["topology", "apply"], {"AMQP_URL": broker.url})
        database.rows("delete from otp.schema_migration where version = (select max(version) from otp.schema_migration)")
        for words in (["status", number], ["top", "--once"], ["pause", "list"], ["breaker", "list"], ["apikey", "list"], ["keys", "check"],
                      ["purge"], ["export", "events", "--from", now(-60), "--to", now()], ["send-test", number]):
            code, told = refusal(words, DATABASE_URL=database.url, AMQP_URL=broker.url)
            self.assertEqual((code, "run `otpctl migrate`" in told), (CONFIGURATION, True), (words, told))
        self.assertEqual(broker.depth("otp.send"), 0)


if __name__ == "__main__":
    unittest.main()
