#!/usr/bin/python3
"""HTTPS of otp-verify: its certificate, and a new one at a SIGHUP."""
import http.client
import os
import shutil
import signal
import ssl
import subprocess
import tempfile
import unittest

from limits_file import LimitsFile
from verify_service import LIMIT, Verify, World, eventually


class tls(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.world = World()
        cls.addClassCleanup(cls.world.close)

    def start(self, **more):
        verify = Verify(self.world.database, self.world.vhost.url(), **more)
        self.addCleanup(verify.kill)
        return verify

    def setUp(self):
        self.folder = tempfile.mkdtemp(prefix="otp-tls-")
        self.addCleanup(shutil.rmtree, self.folder)
        self.certificate, self.key = (os.path.join(self.folder, name) for name in ("server.pem", "server.key"))
        self.make("first")
        self.verify = self.start(OTP_TLS_CERT_FILE=self.certificate, OTP_TLS_KEY_FILE=self.key)

    def make(self, name):
        """A certificate of that name; it trusts itself."""
        new = [path + ".new" for path in (self.key, self.certificate)]
        subprocess.run(["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days", "2", "-subj",
                        "/CN=" + name, "-addext", "subjectAltName=DNS:localhost", "-keyout", new[0], "-out", new[1]], check=True, capture_output=True)
        for path in (self.key, self.certificate):
            os.replace(path + ".new", path)

    def connect(self, certificate=None):
        context = ssl.create_default_context(cafile=certificate or self.certificate)
        context.check_hostname = False   # the address is 127.0.0.1, the certificate says localhost
        connection = http.client.HTTPSConnection(*self.verify.address, timeout=LIMIT, context=context)
        connection.connect()
        return connection

    def ask(self, connection):
        connection.request("GET", "/livez")
        answer = connection.getresponse()
        answer.read()
        return answer.status

    def reload(self, event):
        seen = len(self.verify.log)
        self.verify.process.send_signal(signal.SIGHUP)
        return eventually(event, lambda: next((line for line in self.verify.log[seen:] if f'"event":"{event}"' in line), None))

    def name_on(self, connection):
        return dict(pair[0] for pair in connection.sock.getpeercert()["subject"])["commonName"]

    def test_a_new_certificate_is_taken_on_sighup_and_open_connections_stay(self):
        old = self.connect()
        self.assertEqual((self.ask(old), self.name_on(old)), (200, "first"))
        self.make("second")
        self.reload("tls_reloaded")
        new = self.connect()
        self.assertEqual((self.ask(new), self.name_on(new)), (200, "second"))
        kept = old.sock
        self.assertEqual(self.ask(old), 200)
        self.assertIs(old.sock, kept)
        for connection in (old, new):
            connection.close()

    def test_a_certificate_that_cannot_be_used_leaves_the_old_one(self):
        with open(self.certificate, encoding="ascii") as file:
            good = file.read()
        with open(self.certificate, "w", encoding="ascii") as file:
            file.write("no certificate")
        self.assertIn(self.certificate, self.reload("settings_not_reloaded"))
        with open(self.certificate, "w", encoding="ascii") as file:
            file.write(good)
        connection = self.connect()
        self.assertEqual((self.ask(connection), self.name_on(connection)), (200, "first"))
        connection.close()

    def test_a_new_certificate_waits_where_a_rule_of_the_same_reload_is_wrong(self):
        first, limits = os.path.join(self.folder, "first.pem"), LimitsFile()
        self.addCleanup(limits.remove)
        shutil.copy(self.certificate, first)
        self.verify = self.start(OTP_TLS_CERT_FILE=self.certificate, OTP_TLS_KEY_FILE=self.key, OTP_LIMITS=limits.path)
        self.make("second")
        limits.write("[limits.number]\nper_day = 0\n")
        self.assertIn("limits.number.per_day", self.reload("settings_not_reloaded"))
        connection = self.connect(first)
        self.assertEqual((self.ask(connection), self.name_on(connection)), (200, "first"))
        connection.close()

    def test_a_key_that_is_encrypted_is_refused_without_asking_the_terminal(self):
        plain = self.key + ".plain"
        shutil.copy(self.key, plain)
        subprocess.run(["openssl", "pkcs8", "-topk8", "-in", plain, "-passout", "pass:secret", "-out", self.key], check=True, capture_output=True)
        self.assertIn(f"key file '{self.key}' is encrypted", self.reload("settings_not_reloaded"))
        connection = self.connect()
        self.assertEqual((self.ask(connection), self.name_on(connection)), (200, "first"))
        connection.close()
        broken = self.start(wait=False, OTP_TLS_CERT_FILE=self.certificate, OTP_TLS_KEY_FILE=self.key)
        self.assertEqual(broken.ended(), 78)
        self.assertIn("is encrypted", "".join(broken.log))

    def test_a_key_of_another_certificate_is_refused_at_start(self):
        other = os.path.join(self.folder, "other.key")
        shutil.copy(self.key, other)
        self.make("second")
        broken = self.start(wait=False, OTP_TLS_CERT_FILE=self.certificate, OTP_TLS_KEY_FILE=other)
        self.assertEqual(broken.ended(), 78)
        self.assertIn("OTP_TLS_KEY_FILE", "".join(broken.log))

    def test_plain_http_gets_no_answer(self):
        with self.assertRaises((http.client.HTTPException, OSError)):
            self.verify.call("GET", "/livez")


if __name__ == "__main__":
    unittest.main()
