#!/usr/bin/python3
"""What is made of otpctl's table of commands is true: help, man pages, and the shells' completion."""
import os
import re
import shutil
import subprocess
import unittest

from ctl_case import USAGE, otpctl
from programs import ROOT, need


def rows():
    """(command, usage) as --help prints them."""
    text = otpctl(["--help"], {})[0].partition("\n\n")[2].partition("\nSettings")[0]
    joined = re.sub(r"\n {10,}", " ", text)
    return [line.strip()[len("otpctl "):] for line in joined.splitlines() if line.startswith("  otpctl ")]


def completions(line):
    """What bash offers for the last word."""
    script = otpctl(["completion", "bash"], {})[0]
    words = " ".join(f"'{word}'" for word in line)
    ask = f"{script}\nCOMP_WORDS=({words}); COMP_CWORD={len(line) - 1}; _otpctl; printf '%s\\n' \"${{COMPREPLY[@]}}\""
    done = subprocess.run(["bash", "-c", ask], capture_output=True, text=True, timeout=20, check=True, cwd="/")
    assert done.stderr == "", done.stderr
    return done.stdout.split()


class Manual(unittest.TestCase):
    def test_every_command_knows_every_flag_of_its_usage(self):
        commands = rows()
        self.assertGreater(len(commands), 30)
        for row in commands:
            name = re.match(r"[a-z-]+( (?!bash|code|twilio|sms|deliveries)[a-z]+(?![a-z|]))?", row).group().split()
            for flag, value in set(re.findall(r"(--[a-z-]+)(?: ([^\]\s]+))?", row)):
                given = [flag] if value in ("", "|") or value.startswith("--") else [flag, "x"]
                _, told = otpctl([*name, *given, "--no-such-flag"], {}, USAGE)
                self.assertIn("unknown flag --no-such-flag", told, (row, flag))

    def test_help_of_one_command_is_about_that_one(self):
        text = otpctl(["dead", "--help"], {})[0]
        self.assertIn("otpctl dead replay", text)
        self.assertIn("filters all that are given must hold", text)
        self.assertNotIn("otpctl pause", text)

    def test_an_unknown_second_word_names_the_nearest(self):
        self.assertIn("the nearest known one is dead list", otpctl(["dead", "lsit"], {}, USAGE)[1])
        self.assertIn("needs one of these words", otpctl(["breaker"], {}, USAGE)[1])

    def test_bash_completes_commands_words_flags_and_values(self):
        self.assertEqual(completions(["otpctl", "de"]), ["dead"])
        self.assertEqual(completions(["otpctl", "dead", ""]), ["list", "show", "replay", "purge"])
        self.assertEqual(completions(["otpctl", "--amqp-url", "amqp://x", "pause", "ch"]), ["channel"])
        self.assertEqual(completions(["otpctl", "pause", "channel", "w"]), ["whatsapp"])
        self.assertEqual(completions(["otpctl", "export", "deliveries", "--fo"]), ["--format"])
        self.assertEqual(completions(["otpctl", "export", "deliveries", "--format", ""]), ["csv", "json"])
        self.assertEqual(completions(["otpctl", "keys", "new", "h"]), ["hash"])
        self.assertEqual(completions(["otpctl", "migrate", "--dr"]), ["--dry-run"])
        self.assertIn("/etc", completions(["otpctl", "migrate", "--folder", "/et"]))
        self.assertIn("/etc", completions(["otpctl", "--config", "/et"]))

    def test_the_scripts_of_zsh_and_fish_name_every_command(self):
        for shell in ("zsh", "fish"):
            script = otpctl(["completion", shell], {})[0]
            for row in rows():
                self.assertIn(row.split()[0], script)
            if shutil.which(shell):
                subprocess.run([shell, "-n", "/dev/stdin"], input=script, text=True, check=True, timeout=20)

    def test_the_man_pages_are_current_and_groff_has_nothing_to_say(self):
        env = {**os.environ, "OTP_BUILD_DIR": os.path.abspath(need("OTP_BUILD_DIR"))}
        done = subprocess.run([os.path.join(ROOT, "scripts", "man"), "--check"], env=env, capture_output=True, text=True, timeout=60)
        self.assertEqual((done.returncode, done.stderr), (0, ""))
        for name in ("otpctl", "otp-worker", "otp-verify", "otp-sandbox"):
            page = os.path.join(ROOT, "docs", "man", name + ".1")
            shown = subprocess.run(["groff", "-man", "-Tutf8", "-ww", page], capture_output=True, text=True, timeout=60)
            self.assertEqual((shown.returncode, shown.stderr), (0, ""))
            self.assertIn(name, shown.stdout)


if __name__ == "__main__":
    unittest.main()
