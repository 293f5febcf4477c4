"""The units are what systemd takes without a word, sandboxed, and speak of programs, files and settings that there are."""
import configparser
import glob
import os
import re
import shutil
import subprocess
import tempfile
import unittest

ROOT = os.path.abspath(os.path.join(os.path.dirname(__file__), "..", ".."))
UNITS = os.path.join(ROOT, "systemd")
SERVICES = ("otp-worker@.service", "otp-verify.service", "otp-verify@.service", "otp-purge.service")
MOST_EXPOSURE = 15  # tenths


def source_of(unit):
    return os.path.join(UNITS, "otp-verify.service" if unit == "otp-verify@.service" else unit)


def text_of(unit):
    with open(source_of(unit), encoding="utf-8") as text:
        return text.read()


def values(unit, key):
    return re.findall(rf"^{key}=(.*)$", text_of(unit), re.MULTILINE)


class Units(unittest.TestCase):
    def setUp(self):
        self.folder = tempfile.mkdtemp(prefix="otp-units-")
        self.addCleanup(shutil.rmtree, self.folder)
        for unit in os.listdir(UNITS):
            if unit != "sysusers.conf":
                shutil.copy(os.path.join(UNITS, unit), self.folder)
        shutil.copy(source_of("otp-verify@.service"), os.path.join(self.folder, "otp-verify@.service"))

    def analyze(self, *words):
        return subprocess.run(["systemd-analyze", *words], capture_output=True, text=True, cwd=self.folder)

    def test_systemd_has_nothing_to_say_about_them(self):
        # It wants the programs to be there, and says nothing by its exit code.
        for unit in glob.glob(self.folder + "/*"):
            with open(unit, encoding="utf-8") as text:
                mended = re.sub(r"/usr/bin/otp[\w-]+", "/bin/true", text.read())
            with open(unit, "w", encoding="utf-8") as text:
                text.write(re.sub("man:otp", "man:systemd", mended))
        done = self.analyze("verify", "--man=no", *sorted(glob.glob(self.folder + "/*")))
        said = [line for line in (done.stdout + done.stderr).splitlines() if "otp-" in line]
        self.assertEqual((done.returncode, said), (0, []))

    def test_a_misspelt_key_would_be_seen(self):
        unit = os.path.join(self.folder, "otp-worker.target")
        with open(unit, "a", encoding="utf-8") as text:
            text.write("WantedBuy=multi-user.target\n")
        done = self.analyze("verify", "--man=no", unit)
        self.assertIn("WantedBuy", done.stdout + done.stderr)

    def test_each_service_is_exposed_by_1_5_at_most(self):
        for unit in SERVICES:
            with self.subTest(unit=unit):
                done = self.analyze("security", "--offline=true", f"--threshold={MOST_EXPOSURE}", os.path.join(self.folder, unit))
                self.assertEqual(done.returncode, 0, done.stdout[-400:] + done.stderr)

    def test_less_protection_would_be_seen(self):
        unit = os.path.join(self.folder, "otp-worker@.service")
        with open(unit, encoding="utf-8") as text:
            weaker = re.sub(r"^(ProtectSystem|NoNewPrivileges|CapabilityBoundingSet|SystemCallFilter|PrivateUsers)=.*\n", "", text.read(), flags=re.MULTILINE)
        with open(unit, "w", encoding="utf-8") as text:
            text.write(weaker)
        self.assertNotEqual(self.analyze("security", "--offline=true", f"--threshold={MOST_EXPOSURE}", unit).returncode, 0)

    def test_ready_watched_and_with_credentials(self):
        for unit in ("otp-worker@.service", "otp-verify.service"):
            self.assertEqual(values(unit, "Type"), ["notify"])
            self.assertEqual(values(unit, "WatchdogSec"), ["30"])
            self.assertEqual(len(values(unit, "LoadCredential")), 2)
        # Keys that make codes are not given to whoever only checks them.
        self.assertNotIn("secrets/worker", text_of("otp-verify.service"))
        self.assertNotIn("secrets/verify", text_of("otp-worker@.service"))

    def test_no_process_blocks_in_the_socket_that_it_shares(self):
        # systemd.exec(5): each start of a service sets the mode that its unit says on the socket, for all who have it.
        self.assertEqual(values("otp-verify.service", "NonBlocking"), ["yes"])

    def test_the_services_wait_longer_than_the_programs_do(self):
        startup = 60  # OTP_STARTUP_WAIT_SECONDS
        for unit in ("otp-worker@.service", "otp-verify.service"):
            self.assertGreater(int(values(unit, "TimeoutStartSec")[0]), startup)
        self.assertGreater(int(values("otp-worker@.service", "TimeoutStopSec")[0]), 25)

    def test_every_setting_and_every_program_that_they_name_is_there(self):
        with open(os.path.join(ROOT, "common", "config", "known_settings.cpp"), encoding="utf-8") as text:
            known = set(re.findall(r'"([A-Z][A-Z0-9_]+)"', text.read()))
        for unit in SERVICES:
            for setting in values(unit, "Environment"):
                name = setting.split("=")[0]
                self.assertTrue(name == "PGUSER" or name in known, f"{unit}: {name}")
            program = re.match(r"/usr/bin/(\S+)", values(unit, "ExecStart")[0])[1]
            self.assertTrue(os.access(os.path.join(os.environ["OTP_BUILD_DIR"], "bin", program), os.X_OK), program)

    def test_the_user_that_they_run_as_is_made(self):
        root = os.path.join(self.folder, "root")
        os.makedirs(root + "/etc")
        done = subprocess.run(["systemd-sysusers", "--root=" + root, os.path.join(UNITS, "sysusers.conf")], capture_output=True, text=True)
        self.assertEqual(done.returncode, 0, done.stderr)
        with open(root + "/etc/passwd", encoding="utf-8") as text:
            users = {line.split(":")[0] for line in text}
        for unit in SERVICES:
            self.assertLessEqual(set(values(unit, "User")), users)

    def test_the_settings_that_are_shipped_are_understood_and_say_what_is_missing(self):
        for program, missing in (("otp-worker", "AMQP_URL is required"), ("otp-verify", "DATABASE_URL is required")):
            with open(os.path.join(ROOT, "config", "otp.toml"), encoding="utf-8") as text:
                here = text.read().replace("/etc/otp-worker/limits.toml", os.path.join(ROOT, "config", "limits.toml"))
            path = os.path.join(self.folder, "otp.toml")
            with open(path, "w", encoding="utf-8") as text:
                text.write(here)
            done = subprocess.run([os.path.join(os.environ["OTP_BUILD_DIR"], "bin", program), "--config", path, "--check-config"],
                                  capture_output=True, text=True, env={"PATH": os.environ["PATH"]})
            self.assertEqual(done.returncode, 78)
            self.assertIn(missing, done.stderr)
            self.assertNotIn("unknown key", done.stderr)

    def test_every_setting_that_is_shown_as_an_example_is_known(self):
        with open(os.path.join(ROOT, "config", "otp.toml"), encoding="utf-8") as text:
            uncommented = re.sub(r"^#(\w+ = )", r"\1", text.read(), flags=re.MULTILINE)
        parser = configparser.ConfigParser()
        parser.read_string("[all]\n" + uncommented)
        with open(os.path.join(ROOT, "common", "config", "known_settings.cpp"), encoding="utf-8") as text:
            known = {name.lower() for name in re.findall(r'"([A-Z][A-Z0-9_]+)"', text.read())}
        self.assertGreater(len(parser["all"]), 15)
        self.assertLessEqual(set(parser["all"]), known)


if __name__ == "__main__":
    unittest.main()
