"""A file of limits that a test may change while programs run on it."""
import os
import signal
import tempfile

LONDON_LINE, PREMIUM, TOLL_FREE = "+442079460018", "+449098790123", "+18002345678"
# Every rule that counts, for tests that come to its end.
OF_TWO = """
    [limits.number]
    per_10_minutes = 2
    [limits.user]
    per_hour = 2
    [limits.client_ip]
    per_hour = 2
    [limits.tenant.rates.slow]
    per_hour = 2
    [limits.country.rates.GB]
    per_hour = 2
"""
_mobiles = iter(range(10**6))


def british():
    return "+447400%06d" % (100000 + next(_mobiles))


class LimitsFile:
    def __init__(self, text=""):
        handle, self.path = tempfile.mkstemp(suffix=".toml")
        os.close(handle)
        self.write(text)

    def write(self, text):
        """Whole or not at all, as an operator's editor does it."""
        with open(self.path + ".new", "w", encoding="utf-8") as file:
            file.write(text)
        os.replace(self.path + ".new", self.path)

    def reload(self, process, text):
        self.write(text)
        process.send_signal(signal.SIGHUP)

    def remove(self):
        os.remove(self.path)
