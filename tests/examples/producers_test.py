"""examples/producers, each in its own language, against a broker, a worker and the sandbox. A runtime that is missing fails."""

import os
import shutil
import subprocess
import sys
import tempfile
import types
import unittest
import uuid

ROOT = os.path.abspath(os.path.join(os.path.dirname(__file__), "..", ".."))
sys.path.insert(0, os.path.join(ROOT, "tests", "system"))
from broker import Broker  # noqa: E402
from jobs import new_number  # noqa: E402
from programs import environment  # noqa: E402
from stack import StackTest  # noqa: E402

FOLDER = os.path.join(ROOT, "examples", "producers")
SECONDS = 90


def source(*path):
    return os.path.join(FOLDER, *path)


def build(words, **settings):
    done = subprocess.run(words, capture_output=True, text=True, timeout=SECONDS, env={**os.environ, **settings})
    if done.returncode != 0:
        raise AssertionError(f"{words[0]}: {done.stderr}")


def python(_):
    return ["/usr/bin/python3", source("python", "producer.py")]


def node(_):
    if not os.path.isdir(source("node", "node_modules", "amqplib")):
        raise AssertionError("examples/producers/node has no node_modules: scripts/install-deps --test")
    return ["node", source("node", "producer.mjs")]


def go(folder):
    program = os.path.join(folder, "go-producer")
    debian = {"GO111MODULE": "off", "GOPATH": "/usr/share/gocode", "GOCACHE": os.path.join(folder, "go-cache"), "GOFLAGS": ""}
    build(["go", "build", "-o", program, source("go", "producer.go")], **debian)
    return [program]


def java(folder):
    jars = ":".join("/usr/share/java/" + jar for jar in ("amqp-client.jar", "gson.jar", "slf4j-api.jar", "slf4j-nop.jar"))
    build(["javac", "-cp", jars, "-d", folder, source("java", "Producer.java")])
    return ["java", "-cp", folder + ":" + jars, "Producer"]


def cpp(folder):
    program = os.path.join(folder, "cpp-producer")
    build(["g++", "-std=c++20", "-Wall", "-Wextra", "-Werror", source("cpp", "producer.cpp"), "-o", program, "-lrabbitmq"])
    return [program]


class Producers(StackTest):
    """One class for each language is made below."""

    prepare = None

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        folder = tempfile.mkdtemp(prefix="otp-producers-")
        cls.addClassCleanup(shutil.rmtree, folder)
        cls.command = cls.prepare(folder)

    def run_it(self, *words, broker=None):
        settings = {"AMQP_URL": (broker or self.broker).url, "OTP_TENANT": "acme"}
        return subprocess.run([*self.command, *words], env=environment(settings), capture_output=True, text=True, timeout=SECONDS)

    def test_a_job_is_confirmed_texted_and_its_outcome_told(self):
        number = new_number()
        done = self.run_it(number)
        self.assertEqual(done.returncode, 0, done.stderr)
        id, told = done.stdout.splitlines()
        self.assertEqual(str(uuid.UUID(id)), id)
        self.assertRegex(told, r"^delivery\.(sent|delivered) twilio -$")
        self.assertEqual(len(self.texts(number)), 1)
        row = self.database.delivery(id)
        self.assertEqual((row["tenant"], row["purpose"], row["number"]), ("acme", "login", number))
        age = self.database.one("select extract(epoch from created_at - requested_at) from otp.delivery where request_id = %s", id)
        self.assertLess(abs(age), 30)

    def test_the_same_request_again_is_told_again_and_not_texted(self):
        number, id = new_number(), str(uuid.uuid4())
        for _ in range(2):
            done = self.run_it(number, id)
            self.assertEqual((done.returncode, done.stdout.splitlines()[:1]), (0, [id]), done.stdout + done.stderr)
        self.assertEqual(len(self.texts(number)), 1)

    def test_a_delivery_that_fails_ends_with_its_reason(self):
        done = self.run_it("+19705550101")  # the sandbox: not a valid number
        self.assertEqual(done.returncode, 1, done.stdout + done.stderr)
        self.assertRegex(done.stdout.splitlines()[-1], r"^delivery\.failed twilio 21211$")

    def test_a_job_that_no_queue_takes_is_not_taken_for_sent(self):
        empty = Broker()
        self.addCleanup(empty.close)
        empty.channel.exchange_declare("otp", "direct", durable=True)
        empty.channel.exchange_declare("otp.events", "topic", durable=True)
        done = self.run_it(new_number(), broker=empty)
        self.assertEqual((done.returncode, done.stdout), (2, ""), done.stderr)
        self.assertIn("not taken", done.stderr)

    def test_a_broker_that_cannot_be_reached_has_not_taken_it(self):
        done = self.run_it(new_number(), broker=types.SimpleNamespace(url="amqp://guest:guest@127.0.0.1:1/"))
        self.assertEqual((done.returncode, done.stdout), (2, ""), done.stderr)
        self.assertRegex(done.stderr, r"\Anot taken: .+\n\Z")


def load_tests(loader, _, __):
    suite = unittest.TestSuite()
    for prepare in (python, node, go, java, cpp):
        name = "in_" + prepare.__name__
        suite.addTests(loader.loadTestsFromTestCase(type(name, (Producers,), {"prepare": staticmethod(prepare)})))
    return suite


if __name__ == "__main__":
    unittest.main()
