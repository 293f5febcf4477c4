#!/usr/bin/python3
"""otpctl top: once for scripts, and live on a terminal that changes its size."""
import fcntl
import json
import os
import pty
import re
import select
import signal
import struct
import subprocess
import termios
import time
import unittest

from ctl_case import UNAVAILABLE, USAGE, auditor_url, otpctl
from programs import PATIENCE, ROOT, environment, program
from stack import StackTest


class Terminal:
    """A program on a terminal of its own."""

    def __init__(self, words, settings, columns, lines):
        self.master, slave = pty.openpty()
        self.resize(columns, lines)
        self.before = termios.tcgetattr(slave)
        self.process = subprocess.Popen(words, env=environment({"TERM": "xterm", **settings}), cwd=ROOT, stdin=slave, stdout=slave, stderr=slave,
                                        start_new_session=True)
        self.slave = slave
        self.text = ""

    def resize(self, columns, lines):
        fcntl.ioctl(self.master, termios.TIOCSWINSZ, struct.pack("HHHH", lines, columns, 0, 0))

    def await_text(self, pattern):
        end = time.monotonic() + PATIENCE
        while time.monotonic() < end:
            if re.search(pattern, self.text, re.S):
                return
            ready, _, _ = select.select([self.master], [], [], 0.2)
            if ready:
                self.text += os.read(self.master, 65536).decode(errors="replace")
        raise AssertionError(f"{pattern} never came: {self.text!r}")

    def forget(self):
        self.text = ""

    def close(self):
        if self.process.poll() is None:
            self.process.kill()
        self.process.wait()
        os.close(self.master)
        os.close(self.slave)


class Top(StackTest):
    def setUp(self):
        self.reader = {"DATABASE_URL": auditor_url(self.database), "AMQP_URL": self.broker.url}

    def test_once_shows_queues_rates_providers_workers_and_pauses(self):
        for _ in range(3):
            self.await_status(self.send(), "sent", "delivered")
        admin = {"DATABASE_URL": self.database.url}
        otpctl(["pause", "channel", "voice", "--reason", "none"], admin)
        self.addCleanup(otpctl, ["resume", "channel", "voice"], admin)
        text, _ = otpctl(["top", "--once", "--workers", self.worker.url], self.reader)
        self.assertRegex(text, r"otp\.send +0 +1\n")
        self.assertRegex(text, r"REQUESTS of the last minute: \d+ .*sent \d")
        self.assertRegex(text, r"twilio/sms +\d+ +100%")
        self.assertRegex(text, re.escape(self.worker.url) + r" +yes")
        self.assertRegex(text, r"PAUSED channel voice since .* by .*: none")
        self.assertNotIn("\x1b", text)

    def test_json_is_one_object(self):
        told = json.loads(otpctl(["top", "--json"], self.reader)[0])
        self.assertEqual([q["name"] for q in told["queues"]][:2], ["otp.send", "otp.dead"])
        self.assertEqual(told["faults"], [])

    def test_what_cannot_be_asked_is_said(self):
        out, err = otpctl(["top", "--json", "--workers", self.worker.url + ",127.0.0.1:1"], self.reader, UNAVAILABLE)
        told = json.loads(out)
        self.assertEqual(told["workers"][0]["fault"], "")
        self.assertIn("refused", told["workers"][1]["fault"])
        self.assertIn("otpctl: http://127.0.0.1:1: ", err)
        os.environ.pop("COLUMNS", None)
        told = json.loads(otpctl(["top", "--json"], {"DATABASE_URL": self.reader["DATABASE_URL"]})[0])
        self.assertEqual(told["queues"], [], "without AMQP_URL there are no queues to see")

    def test_a_server_that_could_not_be_asked_is_said_and_ends_it_with_69(self):
        away = {**self.reader, "AMQP_URL": "amqp://127.0.0.1:1/"}
        out, err = otpctl(["top", "--once"], away, UNAVAILABLE)
        self.assertRegex(out, r"! RabbitMQ: .*\n")
        self.assertIn("otpctl: RabbitMQ: ", err)
        told = json.loads(otpctl(["top", "--json"], away, UNAVAILABLE)[0])
        self.assertEqual([fault.partition(":")[0] for fault in told["faults"]], ["RabbitMQ"])

    def test_it_fits_the_terminal_follows_its_size_and_ends_with_q(self):
        terminal = Terminal([program("otpctl"), "top", "--interval", "60"], self.reader, 120, 40)
        self.addCleanup(terminal.close)
        terminal.await_text(r"\x1b\[\?1049h.*otpctl top  \d{4}.*PROVIDER.*BREAKER")
        terminal.forget()
        terminal.resize(40, 40)
        terminal.process.send_signal(signal.SIGWINCH)
        terminal.await_text(r"PROVIDER.*\x1b\[J")
        lines = [re.sub(r"\x1b\[[0-9;?]*[A-Za-z]", "", line) for line in terminal.text.splitlines()]
        self.assertLessEqual(max(len(line.rstrip("\r")) for line in lines), 40)
        os.write(terminal.master, b"q")
        self.assertEqual(terminal.process.wait(PATIENCE), 0)
        terminal.await_text(r"\x1b\[\?1049l")
        self.assertEqual(termios.tcgetattr(terminal.slave), terminal.before, "the terminal is as it was")

    def test_a_signal_ends_it_and_the_terminal_is_as_it_was(self):
        for ending in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            terminal = Terminal([program("otpctl"), "top", "--interval", "60"], self.reader, 120, 40)
            self.addCleanup(terminal.close)
            terminal.await_text(r"otpctl top  \d{4}.*PROVIDER")
            terminal.process.send_signal(ending)
            self.assertEqual(terminal.process.wait(PATIENCE), 0)
            terminal.await_text(r"\x1b\[\?1049l")
            self.assertEqual(termios.tcgetattr(terminal.slave), terminal.before)

    def test_a_database_that_is_away_is_said_and_looked_at_again(self):
        terminal = Terminal([program("otpctl"), "top", "--interval", "1"], self.reader, 200, 40)
        self.addCleanup(terminal.close)
        terminal.await_text(r"otpctl top  \d{4}[^!]*PROVIDER")
        self.addCleanup(self.let_connect, -1)
        self.let_connect(0)
        terminal.await_text(r"! PostgreSQL: .*too many connections.*QUEUE.*otp\.send")
        self.let_connect(-1)
        terminal.forget()
        terminal.await_text(r"otpctl top  \d{4}[^!]*PROVIDER")
        os.write(terminal.master, b"q")
        self.assertEqual(terminal.process.wait(PATIENCE), 0)

    def let_connect(self, most):
        """At 0 the database is away for otpctl, at -1 it is back."""
        self.database.rows(f'alter database "{self.database.name}" with connection limit {most}')
        if most == 0:
            self.database.rows("select pg_terminate_backend(pid) from pg_stat_activity where datname = current_database()"
                               " and application_name = 'otpctl'")

    def test_live_needs_a_terminal(self):
        self.assertIn("--once", otpctl(["top"], self.reader, USAGE)[1])


if __name__ == "__main__":
    unittest.main()
