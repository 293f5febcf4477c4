"""Workers that a test starts itself, and that may say why they do not."""

import shutil
import tempfile

from stack import StackTest

USAGE, UNAVAILABLE, CONFIGURATION = 64, 69, 78


class StartTest(StackTest):
    workers_at_start = 0

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.folder = tempfile.mkdtemp(prefix="otp-start-")
        cls.addClassCleanup(shutil.rmtree, cls.folder)

    def start(self, *flags, **settings):
        return self.start_worker(flags, **settings)

    def fail_to_start(self, *flags, **settings):
        """The exit code and what it said."""
        worker = self.start(*flags, **settings)
        code = worker.wait()
        return code, worker.text
