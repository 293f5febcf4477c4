"""How a worker starts, and how it says what keeps it from starting."""

import json
import os
import shutil
import socket
import subprocess
import tempfile
import unittest
import urllib.parse

import psycopg2

from stack import CODE_KEYS, ROOT, StackTest, await_that, free_port, need, now, program, environment, with_path

USAGE, UNAVAILABLE, CONFIGURATION = 64, 69, 78


def with_host(url, host, port=None):
    parts = urllib.parse.urlsplit(url)
    user = parts.netloc.rsplit("@", 1)[0]
    return parts._replace(netloc=f"{user}@{host}:{port or parts.port}").geturl()


def make_ca(folder, name):
    """A CA that signed nothing here, or with a server's certificate for localhost alone."""
    key = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes"]
    path = os.path.join(folder, name)

    def openssl(*words):
        subprocess.run(["openssl", *words], check=True, capture_output=True)

    openssl("req", "-x509", *key, "-days", "2", "-subj", "/CN=" + name, "-keyout", path + ".key", "-out", path + ".pem")
    openssl("req", *key, "-subj", "/CN=localhost", "-keyout", path + "-server.key", "-out", path + "-server.csr")
    with open(path + ".ext", "w", encoding="ascii") as file:
        file.write("subjectAltName=DNS:localhost\n")
    sign = ["-CA", path + ".pem", "-CAkey", path + ".key", "-CAcreateserial", "-days", "2", "-extfile", path + ".ext"]
    openssl("x509", "-req", "-in", path + "-server.csr", *sign, "-out", path + "-server.pem")
    return path


class StartTest(StackTest):
    workers_at_start = 0

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.folder = tempfile.mkdtemp(prefix="otp-start-")
        cls.addClassCleanup(shutil.rmtree, cls.folder)

    def start(self, *flags, **settings):
        return self.start_worker(flags, **settings)

    def fail_to_start(self, *flags, **settings):
        """The exit code and what it said."""
        worker = self.start(*flags, **settings)
        code = worker.wait()
        return code, worker.text

    def write(self, name, text):
        path = os.path.join(self.folder, name)
        os.makedirs(os.path.dirname(path), exist_ok=True)
        with open(path, "w", encoding="utf-8") as file:
            file.write(text)
        return path


class Settings(StartTest):
    def test_every_missing_or_wrong_setting_is_named_at_once(self):
        settings = dict.fromkeys(self.usual_settings(), None)
        settings.update(OTP_CODE_KEYS="c1:1234", OTP_CODE_LENGTH="3", OTP_IN_DOUBT="perhaps", OTP_CONCURRENCY="0")
        code, said = self.fail_to_start(**settings)
        self.assertEqual(code, CONFIGURATION)
        for name in ("AMQP_URL", "DATABASE_URL", "OTP_CODE_KEYS", "OTP_HASH_KEYS", "OTP_CODE_LENGTH", "OTP_IN_DOUBT",
                     "OTP_CONCURRENCY", "TWILIO_ACCOUNT_SID"):
            with self.subTest(name=name):
                self.assertIn(name, said)
        self.assertNotIn("1234", said)

    def test_broken_urls_are_named_without_their_passwords(self):
        code, said = self.fail_to_start(AMQP_URL="http://otp:hidden-one@127.0.0.1/x")
        self.assertEqual(code, CONFIGURATION)
        self.assertIn("AMQP_URL", said)
        self.assertNotIn("hidden-one", said)

    def test_a_provider_that_is_listed_must_be_configured(self):
        code, said = self.fail_to_start(OTP_SMS_PROVIDERS="twilio,gupshup", GUPSHUP_SMS_USERID=None, GUPSHUP_SMS_PASSWORD=None)
        self.assertEqual(code, CONFIGURATION)
        self.assertIn("OTP_SMS_PROVIDERS", said)
        self.assertIn("gupshup", said)

    def test_an_unknown_flag_is_wrong_usage_and_the_nearest_is_named(self):
        code, said = self.fail_to_start("--amqp-ulr", "x")
        self.assertEqual(code, USAGE)
        self.assertIn("--amqp-ulr", said)
        self.assertIn("--amqp-url", said)

    def test_an_unknown_key_of_the_file_is_named_with_the_nearest(self):
        path = self.write("typo.toml", "otp_concurency = 5\n")
        code, said = self.fail_to_start("--config", path)
        self.assertEqual(code, CONFIGURATION)
        self.assertIn("otp_concurency", said)
        self.assertIn("otp_concurrency", said)

    def test_check_config_tells_the_settings_and_no_secret(self):
        given = self.usual_settings()
        done = subprocess.run(
            [program("otp-worker"), "--check-config", "--otp-concurrency", "7"],
            env=environment(given), cwd=ROOT, capture_output=True, timeout=30, text=True,
        )
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertRegex(done.stdout.lower(), r"otp_concurrency\W+7")
        passwords = [urllib.parse.urlsplit(given[name]).password for name in ("AMQP_URL", "DATABASE_URL")]
        keys = [given[name].split(":")[1] for name in ("OTP_CODE_KEYS", "OTP_HASH_KEYS")]
        tokens = [given[name] for name in ("TWILIO_AUTH_TOKEN", "GUPSHUP_API_KEY", "GUPSHUP_SMS_PASSWORD")]
        for secret in passwords + keys + tokens:
            self.assertNotIn(secret, done.stdout + done.stderr)

    def test_secrets_may_lie_in_files_and_flags_win_over_the_environment_over_the_file(self):
        keys = self.write("keys", CODE_KEYS + "\n")
        config = self.write("order.toml", 'otp_concurrency = 5\notp_app_name = "File"\n')
        worker = self.start("--config", config, "--otp-queue", "otp.flagged", OTP_CODE_KEYS=None, OTP_CODE_KEYS_FILE=keys,
                            OTP_APP_NAME="Environment")
        await_that(worker.is_ready, "the worker is ready")
        job = self.job()
        self.broker.publish(job, routing_key="otp.flagged")
        self.await_status(job, "sent")
        self.assertIn("is your Environment code", self.texts(job["to"])[0]["text"])
        self.assertEqual(worker.stop(), 0)

    def test_a_broken_template_is_named_by_file_line_and_reason(self):
        templates = os.path.join(self.folder, "templates")
        shutil.copytree(os.path.join(ROOT, "templates"), templates)
        self.write("templates/promo/en.txt", "default: yes\n\nYour code, without one.\n")
        self.write("templates/promo/de.txt", "nonsense: yes\n\n{code} {nosuch}\n")
        code, said = self.fail_to_start(OTP_TEMPLATES=templates)
        self.assertEqual(code, CONFIGURATION)
        self.assertRegex(said, r"promo/en\.txt:\d+: .*\{code\}")
        self.assertRegex(said, r"promo/de\.txt:1: unknown key")
        code, said = self.fail_to_start(OTP_TEMPLATES=os.path.join(self.folder, "nowhere"))
        self.assertEqual(code, CONFIGURATION)
        self.assertIn("nowhere", said)


    def test_an_address_that_is_taken_or_none_is_named(self):
        with socket.socket() as other:
            other.bind(("127.0.0.1", 0))
            other.listen()
            address = "127.0.0.1:%d" % other.getsockname()[1]
            for listen, word in ((address, "in use"), ("nowhere", "nowhere")):
                with self.subTest(listen=listen):
                    code, said = self.fail_to_start(OTP_WORKER_LISTEN=listen)
                    self.assertEqual(code, CONFIGURATION)
                    self.assertIn("OTP_WORKER_LISTEN", said)
                    self.assertIn(word, said)


class Servers(StartTest):
    def test_it_waits_for_servers_that_are_not_there_yet(self):
        port = free_port()
        worker = self.start(DATABASE_URL=with_host(self.database.worker_url, "127.0.0.1", port))
        worker.await_line("waiting_for_database")
        self.assertFalse(worker.is_ready())
        self.assertEqual(worker.get("/livez")[0], 200)
        with Forward(port, self.database.worker_url):
            await_that(worker.is_ready, "the worker is ready")
            self.assertEqual(worker.stop(), 0)

    def test_it_can_be_stopped_while_it_waits_for_its_servers(self):
        for gone in ({"DATABASE_URL": with_host(self.database.worker_url, "127.0.0.1", free_port())},
                     {"AMQP_URL": with_host(self.broker.url, "127.0.0.1", free_port())}):
            with self.subTest(without=list(gone)):
                worker = self.start(**gone)
                worker.await_line("listening")
                self.assertEqual(worker.stop(), 0)
                worker.await_line("stopped")

    def test_it_ends_where_the_database_does_not_come_in_time(self):
        gone = with_host(self.database.worker_url, "127.0.0.1", free_port())
        code, said = self.fail_to_start(DATABASE_URL=gone, OTP_STARTUP_WAIT_SECONDS="1")
        self.assertEqual(code, UNAVAILABLE)
        self.assertIn("PostgreSQL cannot be reached", said)
        self.assertNotIn(urllib.parse.urlsplit(gone).password, said)

    def test_it_ends_where_the_broker_does_not_come_in_time(self):
        gone = with_host(self.broker.url, "127.0.0.1", free_port())
        code, said = self.fail_to_start(AMQP_URL=gone, OTP_STARTUP_WAIT_SECONDS="1")
        self.assertEqual(code, UNAVAILABLE)
        self.assertIn("RabbitMQ cannot be reached", said)
        self.assertIn("refused", said.lower())
        self.assertNotIn(urllib.parse.urlsplit(gone).password, said)

    def test_a_wrong_password_is_said(self):
        wrong = self.broker.url.replace(urllib.parse.urlsplit(self.broker.url).password, "wrong-one")
        code, said = self.fail_to_start(AMQP_URL=wrong, OTP_STARTUP_WAIT_SECONDS="2")
        self.assertEqual(code, UNAVAILABLE)
        self.assertIn("403", said)
        self.assertNotIn("wrong-one", said)
        wrong = self.database.worker_url.replace(urllib.parse.urlsplit(self.database.worker_url).password, "wrong-one")
        code, said = self.fail_to_start(DATABASE_URL=wrong, OTP_STARTUP_WAIT_SECONDS="1")
        self.assertEqual(code, UNAVAILABLE)
        self.assertIn("password authentication failed", said)
        self.assertNotIn("wrong-one", said)

    def test_an_older_schema_says_what_to_run(self):
        name = self.database.name + "_old"
        self.database.rows(f'create database "{name}"')
        self.addCleanup(self.database.rows, f'drop database "{name}" with (force)')
        empty = urllib.parse.urlsplit(self.database.worker_url)._replace(path="/" + name).geturl()
        code, said = self.fail_to_start(DATABASE_URL=empty, OTP_STARTUP_WAIT_SECONDS="5")
        self.assertEqual(code, CONFIGURATION)
        self.assertIn("otpctl migrate", said)

    def test_the_role_of_another_program_is_bad_configuration(self):
        role = "options=" + urllib.parse.quote("-c role=otp_verify")
        other = urllib.parse.urlsplit(self.database.url)._replace(query=role).geturl()
        code, said = self.fail_to_start(DATABASE_URL=other)
        self.assertEqual(code, CONFIGURATION)
        self.assertIn("DATABASE_URL logs in as role otp_verify, which may not execute otp.begin_sends: set it to that of role otp_worker", said)

    def test_a_database_that_does_not_exist_is_said(self):
        code, said = self.fail_to_start(DATABASE_URL=with_path(self.database.worker_url, "nowhere"), OTP_STARTUP_WAIT_SECONDS="1")
        self.assertEqual(code, UNAVAILABLE)
        self.assertRegex(said, 'database .*nowhere.* does not exist')

    def test_a_queue_with_other_arguments_ends_it_and_the_argument_is_named(self):
        arguments = {"x-queue-type": "quorum", "x-max-length": 5}
        self.broker.channel.queue_declare("otp.other", durable=True, arguments=arguments)
        code, said = self.fail_to_start(OTP_QUEUE="otp.other")
        self.assertEqual(code, CONFIGURATION)
        self.assertIn("otp.other", said)
        self.assertRegex(said, "inequivalent arg 'x-[a-z-]+'")


class Forward:
    """Passes a port's connections on to a server, while it lives."""

    def __init__(self, port, url, host="127.0.0.1"):
        parts = urllib.parse.urlsplit(url)
        script = (
            "import socket,sys,threading\n"
            "own=socket.create_server((sys.argv[4],int(sys.argv[1])))\n"
            "def pump(a,b):\n"
            "  try:\n"
            "    while data:=a.recv(65536): b.sendall(data)\n"
            "    b.shutdown(socket.SHUT_WR)\n"
            "  except OSError: pass\n"
            "while True:\n"
            "  one,_=own.accept()\n"
            "  other=socket.create_connection((sys.argv[2],int(sys.argv[3])))\n"
            "  for a,b in ((one,other),(other,one)): threading.Thread(target=pump,args=(a,b),daemon=True).start()\n"
        )
        self.words = ["/usr/bin/python3", "-c", script, str(port), parts.hostname, str(parts.port), host]

    def __enter__(self):
        self.process = subprocess.Popen(self.words)

    def __exit__(self, *_):
        self.process.kill()
        self.process.wait()


class Certificates(StartTest):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.stranger = make_ca(cls.folder, "stranger") + ".pem"

    def test_amqps_under_its_ca_is_taken(self):
        worker = self.start(AMQP_URL=self.broker.tls_url, AMQP_CA_FILE=need("CA_FILE"))
        await_that(worker.is_ready, "the worker is ready")
        self.assertEqual(worker.stop(), 0)

    def test_amqps_under_an_unknown_ca_or_another_name_is_refused(self):
        port = free_port()
        elsewhere = with_host(self.broker.tls_url, "127.0.0.2", port)  # the certificate does not name it
        for name, url, ca_file, words in (
            ("CA", self.broker.tls_url, self.stranger, "certificate verify failed"),
            ("name", elsewhere, need("CA_FILE"), "certificate is not valid for host"),
        ):
            with self.subTest(name=name), Forward(port, self.broker.tls_url, "127.0.0.2"):
                code, said = self.fail_to_start(AMQP_URL=url, AMQP_CA_FILE=ca_file, OTP_STARTUP_WAIT_SECONDS="2")
                self.assertEqual(code, UNAVAILABLE)
                self.assertIn("RabbitMQ cannot be reached", said)
                self.assertIn(words, said)

    def test_postgresql_under_an_unknown_ca_or_another_name_is_refused(self):
        url = with_host(self.database.worker_url, "localhost") + "?sslmode=verify-full&sslrootcert="
        worker = self.start(DATABASE_URL=url + need("CA_FILE"))
        await_that(worker.is_ready, "the worker is ready")
        self.assertEqual(worker.stop(), 0)
        named = with_host(self.database.worker_url, "db.internal") + "?hostaddr=127.0.0.1&sslmode=verify-full&sslrootcert="
        for name, bad, words in (
            ("CA", url + self.stranger, "certificate verify failed"),
            ("name", named + need("CA_FILE"), "does not match host name"),
        ):
            with self.subTest(name=name):
                code, said = self.fail_to_start(DATABASE_URL=bad, OTP_STARTUP_WAIT_SECONDS="1")
                self.assertEqual(code, UNAVAILABLE)
                self.assertIn("PostgreSQL cannot be reached", said)
                self.assertIn(words, said)

    def test_a_ca_file_that_cannot_be_used_ends_it(self):
        nowhere = os.path.join(self.folder, "none.pem")
        code, said = self.fail_to_start(OTP_CA_FILE=nowhere, AMQP_CA_FILE=nowhere)
        self.assertEqual(code, CONFIGURATION)
        for name in ("OTP_CA_FILE", "AMQP_CA_FILE"):
            self.assertRegex(said, name + ": .*none.pem")


class ProviderCertificates(StartTest):
    @classmethod
    def setUpClass(cls):
        folder = tempfile.mkdtemp(prefix="otp-tls-")
        cls.addClassCleanup(shutil.rmtree, folder)
        cls.ours = make_ca(folder, "ours")
        cls.stranger = make_ca(folder, "stranger")
        cls.sandbox_settings = {
            "SANDBOX_TLS_LISTEN": "127.0.0.1:0",
            "SANDBOX_TLS_CERT_FILE": cls.ours + "-server.pem",
            "SANDBOX_TLS_KEY_FILE": cls.ours + "-server.key",
            "listeners": 2,
        }
        super().setUpClass()

    def tls(self, host):
        for line in self.sandbox.log:
            told = json.loads(line)
            if told.get("event") == "listening" and (told.get("tls") or told.get("scheme") == "https"):
                return f"https://{host}:" + told["address"].rsplit(":", 1)[1]
        return f"https://{host}:" + self.sandbox.addresses[1].rsplit(":", 1)[1]

    def end_of_attempt(self, **settings):
        worker = self.start(OTP_SMS_PROVIDERS="twilio", **settings)
        await_that(worker.is_ready, "the worker is ready")
        job = self.send(ttl_seconds=60, requested_at=now(-20))
        attempt = await_that(
            lambda: [a for a in self.database.attempts(job["request_id"]) if a["state"] != "started"], "an attempt"
        )[0]
        return worker, attempt

    def test_a_provider_under_its_ca_is_called(self):
        worker, attempt = self.end_of_attempt(OTP_CA_FILE=self.ours + ".pem", TWILIO_API_URL=self.tls("localhost"))
        self.assertEqual((attempt["state"], attempt["error_code"]), ("accepted", None), worker.text)
        self.assertEqual(worker.stop(), 0)

    def test_a_provider_under_an_unknown_ca_or_another_name_is_not_told_anything(self):
        for name, words, settings in (
            ("CA", "unknown CA", {"OTP_CA_FILE": self.stranger + ".pem", "TWILIO_API_URL": self.tls("localhost")}),
            ("name", "host name does not match", {"OTP_CA_FILE": self.ours + ".pem", "TWILIO_API_URL": self.tls("127.0.0.1")}),
        ):
            with self.subTest(name=name):
                before = len(self.sandbox.inbox())
                worker, attempt = self.end_of_attempt(**settings)
                self.assertEqual((attempt["state"], attempt["error_code"]), ("not_sent", "unreachable"))
                line = worker.await_line("provider_trouble", error_code="unreachable", provider="twilio", channel="sms")
                self.assertIn(words, line["detail"])
                self.assertEqual(len(self.sandbox.inbox()), before)
                worker.end()


class Health(StartTest):
    workers_at_start = 1

    settings = {"OTP_CONCURRENCY": "1"}

    def checks(self):
        status, text = self.worker.get("/readyz")
        return status, json.loads(text)["checks"]

    def test_a_worker_answers_by_http(self):
        self.assertEqual(self.worker.get("/livez")[0], 200)
        status, checks = self.checks()
        self.assertEqual(status, 200)
        self.assertEqual(set(checks), {"consumer", "database", "provider", "queue"})
        self.await_status(self.send(), "sent")
        text = self.worker.get("/metrics")[1]
        self.assertIn("# TYPE otp_", text)
        for line in text.splitlines():
            self.assertTrue(line.startswith(("#", "otp_")), line)
            self.assertNotRegex(line, r"\d{10}|[0-9a-f]{8}-[0-9a-f]{4}")
        self.assertEqual(self.worker.metric("otp_attempts_total", provider="twilio", end="accepted"), 1)
        self.assertEqual(self.worker.get("/nowhere")[0], 404)

    def test_it_is_not_ready_while_its_queue_is_gone_and_ready_again_after(self):
        arguments = {"x-queue-type": "classic"}
        # While a queue of that name with other arguments stands there it cannot be declared anew.
        self.broker.channel.queue_delete("otp.send")
        self.broker.channel.queue_declare("otp.send", durable=True, arguments=arguments)
        self.worker.await_line("not_consuming")

        def refused():
            status, checks = self.checks()
            return status == 503 and not checks["consumer"]["ok"] and "406" in checks["consumer"]["detail"]

        await_that(refused, "not ready, and the argument is named")
        self.assertEqual(self.worker.get("/livez")[0], 200)
        self.broker.channel.queue_delete("otp.send")
        await_that(self.worker.is_ready, "ready again")
        self.await_status(self.send(), "sent")

    def await_database_fault(self, words):
        def refused():
            status, checks = self.checks()
            return status == 503 and not checks["database"]["ok"] and words in checks["database"]["detail"]

        await_that(refused, "not ready, and the reason is told", pause=0.2)
        self.assertEqual(self.worker.get("/livez")[0], 200)

    def test_it_is_not_ready_while_the_database_takes_no_writes_and_ready_again_after(self):
        change = f'alter database "{self.database.name}" set default_transaction_read_only = '
        self.database.rows(change + "on")
        self.addCleanup(self.database.rows, change + "off")
        self.database.rows("select pg_terminate_backend(pid) from pg_stat_activity "
                           "where datname = current_database() and application_name like 'otp-worker%'")
        self.await_database_fault("takes no writes")
        self.database.rows(change + "off")
        await_that(self.worker.is_ready, "ready again, with new sessions")
        self.await_status(self.send(), "sent")

    def test_it_is_not_ready_while_a_statement_of_a_job_has_no_answer(self):
        holder = psycopg2.connect(self.database.url)
        self.addCleanup(holder.close)
        with holder.cursor() as cursor:
            cursor.execute("lock table otp.send_budget in access exclusive mode")
        job = self.send()
        self.await_database_fault("waited for its answer")
        holder.rollback()
        self.await_status(job, "sent")
        await_that(self.worker.is_ready, "ready again")

    def test_it_is_not_ready_while_messages_wait_and_none_is_taken(self):
        holder = psycopg2.connect(self.database.url)
        with holder.cursor() as cursor:
            cursor.execute("lock table otp.send_budget in access exclusive mode")
            jobs = [self.send() for _ in range(6)]

            def stalled():
                status, checks = self.checks()
                return status == 503 and not checks["queue"]["ok"] and checks["consumer"]["ok"]

            await_that(stalled, "not ready, because messages wait", pause=0.2)
            self.assertEqual(self.worker.get("/livez")[0], 200)
        holder.rollback()
        holder.close()
        for job in jobs:
            self.await_status(job, "sent")
        await_that(self.worker.is_ready, "ready again")


if __name__ == "__main__":
    unittest.main()
