#!/usr/bin/python3
"""otpctl doctor on misconfigurations that are made for real: each fault is named with its cause and its remedy, and nothing else is."""
import datetime
import os
import secrets
import socket
import tempfile
import unittest
import urllib.parse
import uuid

import pika
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from ctl_case import CONFIGURATION, json_lines, otpctl
from sandbox_fixture import Sandbox
from broker import Broker
from database import Database
from programs import ROOT, need, run_otpctl, with_path
from stack import StackTest
from verify_service import Verify

WEBHOOK_SECRET = "0123456789abcdef0123456789abcdef"


def key(id="k1"):
    return f"{id}:{secrets.token_hex(32)}"


def closed_port():
    with socket.create_server(("127.0.0.1", 0)) as one:
        return one.getsockname()[1]


def replaced(url, **parts):
    """A URL with another user, password or port."""
    old = urllib.parse.urlsplit(url)
    user, password = parts.get("user", old.username), parts.get("password", old.password)
    return old._replace(netloc=f"{user}:{password}@{old.hostname}:{parts.get('port', old.port)}").geturl()


class DoctorCase(StackTest):
    """A good installation, of which each test breaks one thing."""

    workers_at_start = 0

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.verify = Verify(cls.database, cls.broker.url)
        cls.addClassCleanup(cls.verify.kill)
        host, port = cls.verify.address
        cls.good = {
            **cls.usual_settings(),
            "OTP_CODE_KEYS": key(),
            "OTP_HASH_KEYS": key(),
            "OTP_CALLBACK_URL": f"http://{host}:{port}",
            "OTP_COUNTRIES": "US",
            "GUPSHUP_WEBHOOK_SECRET": WEBHOOK_SECRET,
        }
        cls.database.rows("select otp.ensure_partitions()")

    def setUp(self):
        self.folder = self.enterContext(tempfile.TemporaryDirectory())

    def file(self, name, text, mode=0o600):
        path = os.path.join(self.folder, name)
        with open(path, "w", encoding="utf-8") as file:
            file.write(text)
        os.chmod(path, mode)
        return path

    def certificate(self, name, host, days=range(0, 100)):
        """Paths of a certificate for that host, valid from so many days from now to so many, and of its key."""
        private = ec.generate_private_key(ec.SECP256R1())
        subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, host)])
        today = datetime.datetime.utcnow()
        made = (x509.CertificateBuilder().subject_name(subject).issuer_name(subject).public_key(private.public_key())
                .serial_number(x509.random_serial_number()).not_valid_before(today + datetime.timedelta(days.start, -60))
                .not_valid_after(today + datetime.timedelta(days.stop)).add_extension(x509.SubjectAlternativeName([x509.DNSName(host)]), False)
                .sign(private, hashes.SHA256()))
        pem = private.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
        return self.file(name + ".pem", made.public_bytes(serialization.Encoding.PEM).decode()), self.file(name + ".key", pem.decode())

    def look(self, words=(), before=(), **changes):
        """All findings but the fine ones, and whether the exit code says so."""
        settings = {**self.good, **changes}
        code = CONFIGURATION
        try:
            out, _ = otpctl([*before, "doctor", "--json", *words], settings, CONFIGURATION)
        except AssertionError:
            out, _ = otpctl([*before, "doctor", "--json", *words], settings)
            code = 0
        *found, sums = json_lines(out)
        for secret in [v for n, v in settings.items() if v and not n.endswith("_FILE") and any(part in n for part in ("KEYS", "TOKEN", "SECRET", "PASSWORD"))]:
            self.assertNotIn(secret, out)
        self.assertEqual(code != 0, sums["faults"] > 0)
        return found

    def assert_fault(self, cause, remedy, words=(), before=(), also=(), **changes):
        """One fault with these words; `also`: words of others that come with it."""
        faults = [f for f in self.look(words, before, **changes) if f["grade"] == "fault"]
        mine = [f for f in faults if cause in f["cause"]]
        self.assertTrue(mine, f"no fault says {cause!r}: {faults}")
        self.assertIn(remedy, mine[0]["remedy"])
        others = [f for f in faults if cause not in f["cause"] and not any(word in f["cause"] for word in also)]
        self.assertEqual(others, [], "and nothing else is a fault")


class Settings(DoctorCase):
    def test_a_good_installation_has_no_fault_and_each_look_is_told(self):
        found = self.look()
        self.assertEqual([f for f in found if f["grade"] == "fault"], [])
        self.assertEqual({f["cause"].split(":")[0] for f in found if f["grade"] == "warning"},
                         {"OTP_CALLBACK_URL is plain http", "OTP_CALLBACK_URL is on loopback"})
        self.assertLessEqual({"settings", "keys", "templates", "database", "schema", "clock", "broker", "queue otp.send", "exchange otp", "providers",
                              "callback"}, {f["about"] for f in found if f["grade"] == "ok"})
        self.assertIn("0 faults, 2 warnings", otpctl(["doctor"], self.good)[0])

    def test_faults_of_settings(self):
        table = [
            ("OTP_CODE_KEYS is required", "otpctl keys new code", {"OTP_CODE_KEYS": None}),
            ("OTP_HASH_KEYS key 1: expected 64 hexadecimal digits", "otpctl keys new hash", {"OTP_HASH_KEYS": "k1:1234"}),
            ("key k1 is no random number", "otpctl keys rotate", {"OTP_CODE_KEYS": "k1:" + "17" * 32}),
            ("TWILIO_ACCOUNT_SID must be AC and 32", "Twilio's console", {"TWILIO_ACCOUNT_SID": "ACme"}),
            ("TWILIO_API_KEY and TWILIO_API_SECRET go together", "API key", {"TWILIO_API_KEY": "SK" + "0" * 32}),
            ("TWILIO_PHONE_NUMBER must be +", "sender", {"TWILIO_PHONE_NUMBER": "01234567890123"}),
            ("but not TWILIO_AUTH_TOKEN", "set TWILIO_AUTH_TOKEN",
             {"TWILIO_AUTH_TOKEN": None, "TWILIO_API_KEY": "SK" + "0" * 32, "TWILIO_API_SECRET": "x" * 32}),
            ("but not GUPSHUP_WEBHOOK_SECRET", "set GUPSHUP_WEBHOOK_SECRET", {"GUPSHUP_WEBHOOK_SECRET": None}),
            ("GUPSHUP_WEBHOOK_SECRET must be at least 32", "openssl rand", {"GUPSHUP_WEBHOOK_SECRET": "short-secret"}),
            ("OTP_SMS_PROVIDERS: gupshup is not configured for this channel", "leave it out of the list",
             {"OTP_SMS_PROVIDERS": "twilio,gupshup", "GUPSHUP_SMS_USERID": None, "GUPSHUP_SMS_PASSWORD": None}),
            ("OTP_EXPIRY_MINUTES and OTP_EXPIRY_SECONDS are both set", "not both", {"OTP_EXPIRY_MINUTES": "5", "OTP_EXPIRY_SECONDS": "300"}),
            ("OTP_CONCURRENCY must be a whole number", "mend OTP_CONCURRENCY", {"OTP_CONCURRENCY": "many"}),
            ("OTP_RETENTION_DAYS must be a whole number", "mend OTP_RETENTION_DAYS", {"OTP_RETENTION_DAYS": "0"}),
            ("OTP_AUTH may be off only where OTP_LISTEN is on loopback", "leave OTP_AUTH at required", {"OTP_AUTH": "off", "OTP_LISTEN": "0.0.0.0:8080"}),
            ("OTP_CODE_KEYS its file /nowhere/keys cannot be read", "check the path", {"OTP_CODE_KEYS": None, "OTP_CODE_KEYS_FILE": "/nowhere/keys"}),
        ]
        for cause, remedy, changes in table:
            with self.subTest(cause=cause):
                self.assert_fault(cause, remedy, also=("OTP_CODE_KEYS is required",), **changes)

    def test_one_key_for_two_purposes(self):
        both = secrets.token_hex(32)
        self.assert_fault("is also key h1 of OTP_HASH_KEYS", "make another one for each", OTP_CODE_KEYS="c1:" + both, OTP_HASH_KEYS="h1:" + both)

    def test_no_provider_at_all(self):
        none = {name: None for name in self.good if name.startswith(("TWILIO_", "GUPSHUP_"))}
        self.assert_fault("no provider is configured", "set TWILIO_ACCOUNT_SID", **none)

    def test_a_wrong_key_in_the_file_of_settings(self):
        path = self.file("otp.toml", "otp_concurency = 5\n")
        self.assert_fault("unknown key otp_concurency; the nearest known one is otp_concurrency", "mend the key", before=["--config", path])

    def test_a_wrong_limit(self):
        path = self.file("limits.toml", "[limits.number]\nper_10_minutes = -1\n")
        self.assert_fault("per_10_minutes", "config/limits.toml", OTP_LIMITS=path)

    def test_settings_of_one_program_are_looked_at_alone(self):
        role = with_path(need("VERIFY_DATABASE_URL"), self.database.name)
        self.assertEqual([f for f in self.look(["--program", "verify"], OTP_CODE_KEYS=None, DATABASE_URL=role) if f["grade"] == "fault"], [])


class Files(DoctorCase):
    def test_secrets_that_everybody_may_read(self):
        path = self.file("hash-keys", key(), 0o644)
        self.assert_fault("every user of this machine may read " + path, "chmod 640", OTP_HASH_KEYS=None, OTP_HASH_KEYS_FILE=path)
        config = self.file("otp.toml", f'gupshup_webhook_secret = "{WEBHOOK_SECRET}"\n', 0o644)
        self.assert_fault("--config, which holds GUPSHUP_WEBHOOK_SECRET", "chmod 640", before=["--config", config])

    def test_secrets_that_the_units_give_are_found_beside_the_file_of_settings(self):
        os.makedirs(os.path.join(self.folder, "secrets", "worker"))
        config = self.file("otp.toml", 'otp_app_name = "Acme"\n')
        secret = self.file("secrets/worker/OTP_CODE_KEYS", key())
        before = ["--config", config]
        self.assertEqual([f for f in self.look(before=before, OTP_CODE_KEYS=None) if f["grade"] == "fault"], [])
        os.chmod(secret, 0o644)
        self.assert_fault("OTP_CODE_KEYS: every user of this machine may read", "chmod 640", before=before, OTP_CODE_KEYS=None)

    def test_templates(self):
        self.assert_fault("/nowhere:0: cannot be read", "OTP_TEMPLATES", OTP_TEMPLATES="/nowhere")
        broken = os.path.join(self.folder, "broken", "otp")
        os.makedirs(broken)
        with open(os.path.join(broken, "en.txt"), "w", encoding="utf-8") as file:
            file.write("{code\n")
        self.assert_fault("en.txt:1: ", "mend the template", OTP_TEMPLATES=os.path.dirname(broken))
        os.rename(broken, os.path.join(self.folder, "broken", "other"))
        with open(os.path.join(self.folder, "broken", "other", "en.txt"), "w", encoding="utf-8") as file:
            with open(os.path.join(ROOT, "templates", "otp", "en.txt"), encoding="utf-8") as good:
                file.write(good.read())
        self.assert_fault("there is no template `otp`", "set OTP_TEMPLATES", OTP_TEMPLATES=os.path.dirname(broken))

    def clock(self, seconds):
        """The environment of a program whose wall clock is stepped."""
        library = os.path.join(os.path.abspath(need("OTP_BUILD_DIR")), "tests", "clock_step.so")
        self.assertTrue(os.path.isfile(library), library + " is missing: build the target clock_step")
        path = os.path.join(self.folder, "steps")
        with open(path, "wb") as file:
            file.write((seconds * 10**9).to_bytes(8, "little", signed=True) + bytes(8))
        return {"LD_PRELOAD": library, "CLOCK_STEPS": path, "ASAN_OPTIONS": os.environ.get("ASAN_OPTIONS", "") + ":verify_asan_link_order=0"}

    def test_certificates(self):
        https = "https://localhost:%d" % self.verify.address[1]
        of_verify = lambda pair: {"OTP_TLS_CERT_FILE": pair[0], "OTP_TLS_KEY_FILE": pair[1], "OTP_CALLBACK_URL": https}  # noqa: E731
        unreached = ("OTP_CALLBACK_URL: ",)     # otp-verify here speaks plain HTTP
        good, old = self.certificate("good", "localhost"), self.certificate("old", "localhost", range(-400, -300))
        self.assert_fault("OTP_CALLBACK_URL: ", "OTP_CALLBACK_URL", **of_verify(good))
        self.assert_fault(f"in {old[0]} expired on", "put a renewed one there", also=unreached, **of_verify(old))
        self.assert_fault("is not valid before", "check the clock", also=unreached, **of_verify(self.certificate("young", "localhost", range(5, 9))))
        [soon] = [f for f in self.look(**of_verify(self.certificate("soon", "localhost", range(0, 5)))) if "expires on" in f["cause"]]
        self.assertEqual((soon["grade"], soon["remedy"]), ("warning", "renew it now"))
        other = self.certificate("other", "otp.example.com")
        self.assert_fault("the certificate is not for localhost", "get one for that name", also=unreached, **of_verify(other))
        self.assert_fault("OTP_TLS_KEY_FILE: ", "its own private key", also=unreached, **of_verify((good[0], other[1])))
        self.assert_fault("OTP_TLS_CERT_FILE and OTP_TLS_KEY_FILE go together", "its own private key", also=("is not for 127.0.0.1",), OTP_TLS_CERT_FILE=good[0])
        self.assert_fault("holds no certificate in PEM", "for the system's authorities", also=("OTP_CA_FILE",), OTP_CA_FILE=self.file("ca.pem", "none\n"))
        self.assert_fault("/nowhere.pem cannot be read", "AMQP_CA_FILE", also=("AMQP_CA_FILE",), AMQP_CA_FILE="/nowhere.pem", AMQP_URL=self.broker.tls_url)

    def test_a_clock_that_is_wrong(self):
        self.assert_fault("s ahead of the database's", "NTP", **self.clock(90))
        self.assert_fault("s behind the database's", "NTP", **self.clock(-90))
        [warning] = [f for f in self.look(**self.clock(10)) if f["about"] == "clock"]
        self.assertEqual(warning["grade"], "warning")


class Databases(DoctorCase):
    def test_a_database_that_cannot_be_reached(self):
        url = self.good["DATABASE_URL"]
        self.assert_fault("password authentication failed", "\\password", DATABASE_URL=replaced(url, password="wrong"))
        self.assert_fault("does not exist", "createdb", DATABASE_URL=with_path(url, "nowhere"))
        self.assert_fault("onnection refused", "is PostgreSQL running", DATABASE_URL=replaced(url, port=closed_port()))
        self.assert_fault("not a libpq connection string", "postgresql://user", also=("DATABASE_URL",), DATABASE_URL="mysql://db/otp")

    def test_a_role_without_rights(self):
        self.assert_fault("may not run the program's functions", "log in as otp_worker or otp_verify",
                          DATABASE_URL=with_path(need("AUDITOR_DATABASE_URL"), self.database.name))
        self.assert_fault("may not run the program's functions", "log in as otp_verify", words=["--program", "verify"])

    def test_a_schema_that_is_missing_older_or_without_partitions(self):
        empty = "otp_test_" + uuid.uuid4().hex[:12]
        self.database.rows(f'create database "{empty}"')
        self.addCleanup(self.database.rows, f'drop database "{empty}" with (force)')
        self.assert_fault("there is none in this database", "otpctl migrate", DATABASE_URL=with_path(self.database.url, empty))
        other = Database()
        self.addCleanup(other.close)
        other.rows("do $$ declare n text; begin for n in select c.relname from pg_inherits i join pg_class c on c.oid = i.inhrelid where i.inhparent ="
                   " 'otp.delivery_event'::regclass and c.relname ~ '[0-9]{8}$' loop execute 'drop table otp.' || n; end loop; end $$")
        self.assert_fault("there is no event partition for today", "ensure_partitions", DATABASE_URL=other.worker_url)
        other.rows("select otp.ensure_partitions()")
        other.rows("delete from otp.schema_migration where version = (select max(version) from otp.schema_migration)")
        self.assert_fault("the programs need", "otpctl migrate", DATABASE_URL=other.worker_url)
        other.rows("revoke select on otp.schema_migration from otp_worker, otp_verify")
        self.assert_fault("its version cannot be read by the program", "otpctl migrate", DATABASE_URL=other.worker_url)

    def set_for_the_program(self, name, value):
        role = urllib.parse.urlsplit(self.good["DATABASE_URL"]).username
        self.database.rows(f'alter role {role} in database "{self.database.name}" set {name} = {value}')
        self.addCleanup(self.database.rows, f'alter role {role} in database "{self.database.name}" reset {name}')

    def test_commits_that_are_not_on_disk(self):
        self.set_for_the_program("synchronous_commit", "off")
        self.assert_fault("synchronous_commit is off", "alter system")

    def test_a_database_that_takes_no_writes(self):
        self.set_for_the_program("default_transaction_read_only", "on")
        self.assert_fault("default_transaction_read_only is on", "alter system reset default_transaction_read_only")

    def test_live_codes_whose_key_is_not_listed(self):
        self.database.rows("insert into otp.verification (id, tenant, number, purpose, code_key_id, hash_key_id, code_expires_at, expires_at, created_at)"
                           " values (gen_random_uuid(), 'acme', '+14155550100', 'login', 'gone', 'k1', now() + interval '5 min', now() + interval '5 min', now())")
        self.addCleanup(self.database.rows, "delete from otp.verification")
        self.assert_fault("OTP_CODE_KEYS lacks key gone, which 1 live codes need", "put that key back")

    def test_a_superuser_is_warned_of(self):
        warned = [f["cause"] for f in self.look(DATABASE_URL=self.database.url) if f["grade"] == "warning"]
        self.assertTrue([w for w in warned if "logs in as superuser" in w], warned)


class Brokers(DoctorCase):
    def fresh(self, apply=True):
        broker = Broker()
        self.addCleanup(broker.close)
        if apply:
            run_otpctl(["topology", "apply"], {"AMQP_URL": broker.url})
        return broker

    def test_a_broker_that_cannot_be_reached(self):
        url = self.good["AMQP_URL"]
        self.assert_fault("Login was refused", "user and password in AMQP_URL", AMQP_URL=replaced(url, password="wrong"))
        self.assert_fault("530", "add_vhost", AMQP_URL=with_path(url, "nowhere"))
        self.assert_fault("refused", "is RabbitMQ running", AMQP_URL=replaced(url, port=closed_port()))
        self.assert_fault("AMQP_URL", "amqp://user:password@host:port/vhost", also=("AMQP_URL",), AMQP_URL="http://mq/")
        self.assert_fault("certificate", "AMQP_CA_FILE", AMQP_URL=self.broker.tls_url, AMQP_CA_FILE=None)

    def test_queues_and_exchanges_that_are_missing_or_different(self):
        broker = self.fresh(apply=False)
        self.assert_fault("it does not exist", "otpctl topology apply", AMQP_URL=broker.url)
        run_otpctl(["topology", "apply"], {"AMQP_URL": broker.url})
        self.assertEqual([f for f in self.look(AMQP_URL=broker.url) if f["grade"] == "fault"], [])
        broker.channel.exchange_delete("otp")
        self.assert_fault("a message to it gets no answer: it does not exist", "otpctl topology apply", AMQP_URL=broker.url)
        broker.connect()
        broker.channel.queue_delete("otp.retry.250")
        broker.channel.queue_declare("otp.retry.250", durable=True, arguments={"x-queue-type": "quorum"})
        self.assert_fault("inequivalent arg", "delete the queue", also=("a message to it",), AMQP_URL=broker.url)

    def test_a_user_without_rights(self):
        broker, user = self.fresh(), "poor-" + uuid.uuid4().hex[:8]
        broker.manage("PUT", f"/users/{user}", {"password": "pw", "tags": ""})
        self.addCleanup(broker.manage, "DELETE", f"/users/{user}")
        broker.manage("PUT", f"/permissions/{broker.name}/{user}", {"configure": "^$", "write": ".*", "read": ".*"})
        self.assert_fault("403", "set_permissions", AMQP_URL=replaced(broker.url, user=user, password="pw"))

    def test_jobs_that_wait_without_a_worker_and_letters_that_are_dead(self):
        broker = self.fresh()
        broker.publish("a job")
        broker.channel.basic_publish("otp.dead", "dead", b"x", pika.BasicProperties(), mandatory=True)
        self.assert_fault("1 messages wait, and no worker consumes it", "start a worker", AMQP_URL=broker.url)
        warned = [f["remedy"] for f in self.look(AMQP_URL=broker.url) if f["about"] == "queue otp.dead" and f["grade"] == "warning"]
        self.assertEqual(len(warned), 1)
        self.assertIn("otpctl dead list", warned[0])

    def test_nothing_is_declared_or_changed_by_looking(self):
        broker = self.fresh(apply=False)
        self.look(AMQP_URL=broker.url)
        self.assertEqual(broker.manage("GET", f"/queues/{broker.name}"), [])


class Urls(DoctorCase):
    def test_the_callback_url(self):
        self.assert_fault("OTP_CALLBACK_URL: ", "nothing listens there", OTP_CALLBACK_URL=f"http://127.0.0.1:{closed_port()}")
        base = "http://" + self.sandbox.addresses[0]
        self.assert_fault("/livez there answers", "let the proxy pass /webhooks/", OTP_CALLBACK_URL=base + "/elsewhere")
        self.assert_fault("OTP_CALLBACK_URL", "https://otp.example.com", also=("OTP_CALLBACK_URL",), OTP_CALLBACK_URL="otp.example.com")

    def test_the_providers(self):
        self.assert_fault("TWILIO_API_URL: ", "nothing listens there", TWILIO_API_URL=f"http://127.0.0.1:{closed_port()}")
        cert, private = self.certificate("provider", "localhost")
        secure = Sandbox(2, SANDBOX_TLS_LISTEN="127.0.0.1:0", SANDBOX_TLS_CERT_FILE=cert, SANDBOX_TLS_KEY_FILE=private)
        self.addCleanup(secure.stop)
        https = "https://localhost:" + secure.addresses[1].rsplit(":", 1)[1]
        self.assert_fault("certificate", "set OTP_CA_FILE", TWILIO_API_URL=https)
        self.assertEqual([f for f in self.look(TWILIO_API_URL=https, OTP_CA_FILE=cert) if f["grade"] == "fault"], [])
        port = self.sandbox.addresses[0].rsplit(":", 1)[1]
        # As good as another machine: an address that is none of loopback's.
        self.assert_fault("is plain http", "https://", also=("TWILIO_API_URL: ",), TWILIO_API_URL=f"http://[::ffff:127.0.0.1]:{port}")


if __name__ == "__main__":
    unittest.main()
