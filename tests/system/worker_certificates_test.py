"""Whom a worker believes by TLS: its servers and providers under their CA and name, and nobody else."""

import json
import os
import shutil
import subprocess
import tempfile
import unittest

from forward import Forward
from jobs import now
from programs import await_that, free_port, need, with_host
from start_case import CONFIGURATION, UNAVAILABLE, StartTest


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
            ("CA", self.broker.tls_url, self.stranger, "unknown CA"),
            ("name", elsewhere, need("CA_FILE"), "host name does not match"),
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


if __name__ == "__main__":
    unittest.main()
