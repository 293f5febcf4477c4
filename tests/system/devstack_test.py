"""scripts/devstack does what it is told, and tells the truth of it."""

import os
import re
import shutil
import subprocess
import tempfile
import unittest
import urllib.request

from programs import ROOT, await_that, environment, free_port, need

SECONDS = 300  # for a command; a stack is up after ten on a free machine


def devstack(folder, *words, settings=None, cwd=ROOT):
    """A command as a caller runs it who has set nothing but `settings`. What it says goes to a file: servers that it starts would
    hold a pipe open."""
    given = environment({"OTP_BUILD_DIR": os.path.abspath(need("OTP_BUILD_DIR")), **(settings or {})})
    given = {name: value for name, value in given.items() if not name.startswith("DEVSTACK_") or name in (settings or {})}
    given["DEVSTACK_DIR"] = folder
    with tempfile.TemporaryFile("w+") as said:
        done = subprocess.run(
            [os.path.join(ROOT, "scripts", "devstack"), *words],
            env=given, cwd=cwd, stdin=subprocess.DEVNULL, stdout=said, stderr=subprocess.STDOUT, timeout=SECONDS,
        )
        said.seek(0)
        return done.returncode, said.read()


class DevstackWords(unittest.TestCase):
    """On what looks like a stack; nothing of it runs."""

    def setUp(self):
        self.folder = tempfile.mkdtemp(prefix="otp-devstack-")
        self.addCleanup(shutil.rmtree, self.folder)
        with open(os.path.join(self.folder, "env"), "w", encoding="utf-8") as file:
            file.write("export OTP_TENANT='acme'\n")

    def test_a_word_too_many_is_answered_with_the_usage_and_does_nothing(self):
        for words in ("down all", "status all", "env all", "start worker 2", "stop worker 2", "up all", "up --workers x", "anything", ""):
            with self.subTest(words):
                code, said = devstack(self.folder, *words.split())
                self.assertEqual(code, 64, said)
                self.assertEqual(os.listdir(self.folder), ["env"])

    def test_help_is_given_anywhere_and_nothing_is_done(self):
        for words in ("--help", "-h", "down --help", "down -h", "up --all --help", "up --workers -h", "start worker --help", "env -h"):
            with self.subTest(words):
                code, said = devstack(self.folder, *words.split())
                self.assertEqual(code, 0, said)
                self.assertTrue(said.startswith("usage: scripts/devstack up"), said)
                self.assertEqual(os.listdir(self.folder), ["env"])


class Devstack(unittest.TestCase):
    """Each test leaves a stack that is up, with a worker, otp-verify and the sandbox."""

    @classmethod
    def setUpClass(cls):
        cls.folder = tempfile.mkdtemp(prefix="otp-devstack-")
        cls.addClassCleanup(shutil.rmtree, cls.folder)
        cls.stack = os.path.join(cls.folder, "one,stack")  # a comma parts what some settings list
        cls.addClassCleanup(devstack, cls.stack, "down")
        cls.run_stack("up", "--workers", "1")

    @classmethod
    def run_stack(cls, *words, **how):
        code, said = devstack(cls.stack, *words, **how)
        if code != 0:
            raise AssertionError(f"scripts/devstack {' '.join(words)} ended with {code}: {said}")
        return said

    def told(self):
        """What a shell has that evaluates `env`."""
        script = 'eval "$1"; env -0'
        shell = subprocess.run(["bash", "-c", script, "-", self.run_stack("env")], env={"PATH": os.environ["PATH"]}, stdout=subprocess.PIPE,
                               check=True, text=True)
        return dict(line.split("=", 1) for line in shell.stdout.split("\0") if line)

    def running(self):
        """{name: (pid, address)}"""
        lines = [line.split() for line in self.run_stack("status").splitlines()]
        return {name: (int(pid), address) for name, pid, address, state in lines if state == "running"}

    def test_a_number_of_programs_starts_those_that_are_missing(self):
        before = self.running()
        self.assertLessEqual({"sandbox", "worker-1", "verify-1"}, set(before))
        self.run_stack("up", "--workers", "02")
        after = self.running()
        self.assertEqual(set(after) - set(before), {"worker-2"})
        self.assertLessEqual(before.items(), after.items())
        # Fewer are no wish to stop any.
        self.run_stack("up", "--all")
        self.assertEqual(self.running(), after)

    def test_the_first_programs_listen_where_the_caller_says_and_env_tells_it(self):
        tls = os.path.join(self.stack, "tls")
        verify, worker = (f"127.0.0.1:{free_port()}" for _ in range(2))
        self.run_stack("stop", "verify")
        self.run_stack("stop", "worker")
        self.run_stack("start", "worker", settings={"OTP_WORKER_LISTEN": worker})
        by_https = {"OTP_LISTEN": verify, "OTP_TLS_CERT_FILE": "server.pem", "OTP_TLS_KEY_FILE": "server.key"}
        self.run_stack("start", "verify", settings=by_https, cwd=tls)
        addresses = {name: address for name, (_, address) in self.running().items()}
        self.assertEqual((addresses["worker-1"], addresses["verify-1"]), (worker, verify))
        told = self.told()
        self.assertEqual((told["OTP_VERIFY_URL"], told["OTP_CALLBACK_URL"]), ("https://" + verify, "https://" + verify))
        # While they run they stay where they are, whatever the next caller says.
        self.run_stack("up", "--all", settings={"OTP_LISTEN": f"127.0.0.1:{free_port()}", "OTP_WORKER_LISTEN": f"127.0.0.1:{free_port()}"})
        told = self.told()
        self.assertEqual(told["OTP_VERIFY_URL"], "https://" + verify)
        self.assertFalse({"OTP_LISTEN", "OTP_WORKER_LISTEN"} & set(told))
        self.run_stack("stop", "verify")
        self.run_stack("start", "verify")
        self.assertEqual(self.told()["OTP_VERIFY_URL"], "http://" + verify)

    def test_a_file_is_looked_for_from_the_callers_folder(self):
        with open(os.path.join(self.folder, "some.keys"), "w", encoding="utf-8") as file:
            file.write("none\n")
        self.run_stack("stop", "worker")
        code, said = devstack(self.stack, "start", "worker", settings={"OTP_HASH_KEYS_FILE": "some.keys"}, cwd=self.folder)
        self.assertNotEqual(code, 0)
        self.assertIn("OTP_HASH_KEYS", said)
        self.assertNotIn("cannot be read", said)
        with open(os.path.join(self.folder, "some.keys"), "w", encoding="utf-8") as file:
            file.write("dev1:" + "07" * 32 + "\n")
        self.run_stack("start", "worker", settings={"OTP_HASH_KEYS_FILE": "some.keys"}, cwd=self.folder)

    def test_another_tenant_is_given_keys_of_its_own(self):
        before = self.told()
        self.run_stack("up", settings={"OTP_TENANT": "boutique"})
        self.addCleanup(self.run_stack, "up", settings={"OTP_TENANT": before["OTP_TENANT"]})
        told = self.told()
        keys = subprocess.run(
            [os.path.join(need("OTP_BUILD_DIR"), "bin", "otpctl"), "apikey", "list", "--tenant", "boutique"],
            env=environment({"DATABASE_URL": told["DATABASE_URL"]}), cwd=ROOT, capture_output=True, check=True, text=True,
        ).stdout
        self.assertEqual(told["OTP_TENANT"], "boutique")
        for name in ("OTP_API_KEY", "OTP_ADMIN_KEY"):
            self.assertNotEqual(told[name], before[name])
        self.assertEqual(told["OTP_OTHER_API_KEY"], before["OTP_OTHER_API_KEY"])
        self.assertEqual(len(re.findall(r"\tboutique\t", keys)), 2, keys)

    def test_a_shell_that_knows_a_stack_that_is_gone_brings_up_one_that_texts(self):
        shell = {**self.told(), "OTP_LOG_LEVEL": "debug"}
        self.run_stack("down", settings=shell)
        self.run_stack("up", "--all", settings=shell)
        told = self.told()
        self.assertEqual(told["TWILIO_API_URL"], told["SANDBOX_TLS_URL"])
        self.assertTrue(told["GUPSHUP_API_URL"].startswith(told["SANDBOX_TLS_URL"] + "/"), told["GUPSHUP_API_URL"])
        self.assertEqual(told["OTP_CALLBACK_URL"], told["OTP_VERIFY_URL"])
        self.assertEqual(told["OTP_LOG_LEVEL"], "debug")  # that is the shell's own wish
        otpctl = os.path.join(need("OTP_BUILD_DIR"), "bin", "otpctl")
        subprocess.run([otpctl, "enqueue", "--to", "+14155550142", "--tenant", "acme"], env=environment(told), cwd=ROOT, check=True,
                       stdout=subprocess.DEVNULL)

        def arrived():
            with urllib.request.urlopen(told["SANDBOX_URL"] + "/inbox?to=%2B14155550142") as inbox:
                return inbox.read() != b"[]"

        await_that(arrived, "the text is in the sandbox's inbox")


if __name__ == "__main__":
    unittest.main()
