"""A build for production holds no place to die at; one for tests does, in every program that has them."""

import os
import unittest

VARIABLE = b"OTP_KILL_AT"


class Build(unittest.TestCase):
    def test_only_a_build_for_tests_reads_the_order_to_die(self):
        wanted = os.environ["OTP_KILL_POINTS"] == "ON"
        for name in ("otp-worker", "otp-verify"):
            with open(os.path.join(os.environ["OTP_BUILD_DIR"], "bin", name), "rb") as program:
                self.assertEqual(VARIABLE in program.read(), wanted, name)


if __name__ == "__main__":
    unittest.main()
