"""docs/integrate.md is true: its commands are run in one shell, in order, and print what it shows."""

import json
import os
import re
import shutil
import subprocess
import tempfile
import unittest

ROOT = os.path.abspath(os.path.join(os.path.dirname(__file__), "..", ".."))
SECONDS = 240


def blocks():
    """(language, text) of each fenced block."""
    with open(os.path.join(ROOT, "docs", "integrate.md"), encoding="utf-8") as file:
        return re.findall(r"^```(\w+)\n(.*?)^```$", file.read(), re.M | re.S)


def steps():
    """(commands, what they print as (language, text) or None)."""
    found = []
    for language, text in blocks():
        if language == "sh":
            found.append([text, None])
        else:
            found[-1][1] = (language, text)
    return found


def shape(value):
    """Members and kinds, with words but without what differs from run to run."""
    if isinstance(value, dict):
        return {name: shape(member) for name, member in value.items()}
    if isinstance(value, str):
        return value if re.fullmatch(r"[a-z_]+|\+1415\*{4}\d{3}", value) else "a text"
    return value


def without_ids(text):
    return re.sub(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", "ID", text)


class Integrate(unittest.TestCase):
    def test_the_commands_print_what_the_page_shows(self):
        folder = tempfile.mkdtemp(prefix="otp-integrate-", dir="/var/tmp")
        # A stack of its own: nothing of the one that this test may have been started with.
        foreign = ("OTP_", "TWILIO_", "GUPSHUP_", "SANDBOX_", "AMQP", "DATABASE_URL", "PG", "DEVSTACK")
        settings = {name: value for name, value in os.environ.items() if not name.startswith(foreign)}
        settings.update(DEVSTACK_DIR=folder, OTP_BUILD_DIR=os.path.abspath(os.environ["OTP_BUILD_DIR"]), no_proxy="*")

        def clean_up():
            subprocess.run([os.path.join(ROOT, "scripts", "devstack"), "down"], env=settings, check=False, capture_output=True)
            shutil.rmtree(folder)

        self.addCleanup(clean_up)
        script = "set -euo pipefail\n" + "".join(f"{commands}\necho '::end of step'\n" for commands, _ in steps())
        done = subprocess.run(["bash", "-c", script], cwd=ROOT, env=settings, capture_output=True, text=True, timeout=SECONDS)
        self.assertEqual(done.returncode, 0, done.stdout + done.stderr)
        printed = done.stdout.split("::end of step\n")[:-1]
        self.assertEqual(len(printed), len(steps()))
        compared = 0
        for (commands, shown), text in zip(steps(), printed):
            if shown is None:
                continue
            with self.subTest(commands):
                if shown[0] == "json":
                    self.assertEqual(shape(json.loads(text)), shape(json.loads(shown[1])))
                else:
                    self.assertEqual(without_ids(text), without_ids(shown[1]))
            compared += 1
        print(f"{len(printed)} blocks of docs/integrate.md run, {compared} outputs compared")
        self.assertGreaterEqual(compared, 4)


if __name__ == "__main__":
    unittest.main()
