"""A file of limits that a test may change while programs run on it."""
import os
import signal
import tempfile


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
