"""Each patch of tests/mutations still fits the source, says which promise it breaks, and names tests that there are. Whether those
tests notice is for scripts/mutations to tell, which takes longer."""

import glob
import os
import re
import subprocess
import unittest

ROOT = os.path.abspath(os.path.join(os.path.dirname(__file__), "..", ".."))
PATCHES = sorted(glob.glob(os.path.join(ROOT, "tests", "mutations", "*.patch")))


def header(path):
    with open(path, encoding="utf-8") as patch:
        return dict(re.findall(r"^# ([A-Z]\w+): (.+)$", patch.read(), re.MULTILINE))


class Mutations(unittest.TestCase):
    def test_each_fits_the_source(self):
        for path in PATCHES:
            with self.subTest(patch=os.path.basename(path)):
                # Outside of a repository, so that it is the files that are looked at and not an index.
                alone = dict(os.environ, GIT_CEILING_DIRECTORIES=os.path.dirname(ROOT), GIT_DIR="/nonexistent")
                done = subprocess.run(["git", "apply", "--check", path], cwd=ROOT, env=alone, capture_output=True, text=True)
                self.assertEqual(done.returncode, 0, done.stderr)

    def test_each_names_tests_that_there_are(self):
        listed = subprocess.run(
            ["ctest", "--test-dir", os.environ["OTP_BUILD_DIR"], "-N"], capture_output=True, text=True, check=True
        ).stdout
        known = set(re.findall(r"Test +#\d+: (\S+)", listed))
        for path in PATCHES:
            with self.subTest(patch=os.path.basename(path)):
                self.assertLessEqual(set(header(path)["Fails"].split()), known)

    def test_each_promise_has_one(self):
        self.assertEqual({header(path)["Promise"] for path in PATCHES}, set("12345678"))


if __name__ == "__main__":
    unittest.main()
