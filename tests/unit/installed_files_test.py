"""What is installed is complete: the programs find their folders by where they lie, and every component has what its package needs."""
import os
import re
import shutil
import stat
import subprocess
import tempfile
import unittest

ROOT = os.path.abspath(os.path.join(os.path.dirname(__file__), "..", ".."))
BUILD = os.environ["OTP_BUILD_DIR"]
SETTINGS = {
    "AMQP_URL": "amqp://mq.example.com/", "DATABASE_URL": "postgresql://db.example.com/otp", "OTP_CODE_KEYS": "k1:" + "1" * 64,
    "OTP_HASH_KEYS": "k1:" + "2" * 64, "TWILIO_ACCOUNT_SID": "AC" + "0" * 32, "TWILIO_AUTH_TOKEN": "0" * 32, "TWILIO_PHONE_NUMBER": "+15005550006",
}


class Installed(unittest.TestCase):
    def setUp(self):
        self.prefix = tempfile.mkdtemp(prefix="otp-installed-")
        self.addCleanup(shutil.rmtree, self.prefix)

    def templates_of_worker(self):
        done = subprocess.run([self.prefix + "/bin/otp-worker", "--check-config"], env=SETTINGS, cwd=ROOT, capture_output=True, text=True)
        self.assertEqual((done.returncode, done.stderr), (0, ""))
        return next(line for line in done.stdout.splitlines() if line.startswith("OTP_TEMPLATES"))

    def test_a_program_finds_its_folders_beside_itself(self):
        os.makedirs(self.prefix + "/bin")
        shutil.copy(os.path.join(BUILD, "bin", "otp-worker"), self.prefix + "/bin/")
        self.assertEqual(self.templates_of_worker(), "OTP_TEMPLATES = templates")
        shutil.copytree(os.path.join(ROOT, "templates"), self.prefix + "/share/otp-worker/templates")
        self.assertEqual(self.templates_of_worker(), f"OTP_TEMPLATES = {self.prefix}/share/otp-worker/templates")

    def test_a_key_is_made_once_and_has_the_form_of_keys(self):
        path = self.prefix + "/OTP_CODE_KEYS"
        command = [os.path.join(ROOT, "packaging", "new-key"), path]
        subprocess.run(command, check=True)
        with open(path, encoding="utf-8") as text:
            key = text.read()
        self.assertRegex(key, r"\Ak[0-9a-f]{6}:[0-9a-f]{64}\n\Z")
        self.assertEqual(stat.S_IMODE(os.stat(path).st_mode), 0o600)
        subprocess.run(command, check=True)
        with open(path, encoding="utf-8") as text:
            self.assertEqual(text.read(), key)

    def test_scripts_of_packages_are_sound(self):
        folder = os.path.join(ROOT, "packaging", "debian")
        scripts = [os.path.join(folder, package, name) for package in os.listdir(folder) if os.path.isdir(os.path.join(folder, package))
                   for name in ("postinst", "prerm", "postrm") if os.path.exists(os.path.join(folder, package, name))]
        self.assertGreaterEqual(len(scripts), 10)
        for script in [*scripts, os.path.join(ROOT, "packaging", "new-key"), os.path.join(ROOT, "packaging", "prepare")]:
            done = subprocess.run(["sh", "-n", script], capture_output=True, text=True)
            self.assertEqual((done.returncode, done.stderr), (0, ""), script)
            with open(script, encoding="utf-8") as text:
                self.assertRegex(text.read(), r"(?m)^set -eu?$", script)

    def test_the_version_is_one_everywhere(self):
        with open(os.path.join(ROOT, "CMakeLists.txt"), encoding="utf-8") as text:
            version = re.search(r"project\(otp-worker VERSION (\S+)", text.read())[1]
        for path, wanted in (("packaging/debian/changelog", f"otp-worker ({version})"), ("docs/man/otp-worker.1", f'"otp-worker {version}"'),
                             ("docs/man/otp-verify.1", f'"otp-worker {version}"'), ("docs/man/otp-sandbox.1", f'"otp-worker {version}"'),
                             ("docs/man/otpctl.1", f'"otp-worker {version}"'),
                             ("deploy/kubernetes/kustomization.yaml", f"newTag: {version}")):
            with open(os.path.join(ROOT, path), encoding="utf-8") as text:
                self.assertIn(wanted, text.read(), path)


if __name__ == "__main__":
    unittest.main()
