"""The disk of PostgreSQL runs full in the middle of the work, which costs it first its statements and then the whole server, and has room
again some seconds later. The worker says so, keeps its jobs and goes on; nothing is lost or doubled."""

import namespaces

if __name__ == "__main__":
    namespaces.enter("mount")

import os
import tempfile
import time
import unittest.mock

import psycopg2

from fault_test import FaultTest, main
from postgres_server import PASSWORD, PostgresServer, server_folder
from programs import await_that

DISK_MEGABYTES = 256
FULL_FOR = 5  # seconds


class DiskFull(FaultTest):
    @classmethod
    def setUpClass(cls):
        cls.disk = cls.enterClassContext(tempfile.TemporaryDirectory(prefix="otp-disk."))
        namespaces.run("mount", "-t", "tmpfs", "-o", f"size={DISK_MEGABYTES}m", "otp-test", cls.disk)
        cls.addClassCleanup(namespaces.run, "umount", cls.disk)
        server_folder(cls.disk)
        # Little is kept for later, so that the disk is not full of itself.
        cls.server = PostgresServer(cls.disk, max_wal_size="64MB", min_wal_size="32MB")
        cls.addClassCleanup(cls.server.crash)
        cls.server.make()
        cls.server.start()
        for role in ("otp_worker", "otp_verify"):
            cls.server.rows(f"create role {role} login password '{PASSWORD}'")
        cls.enterClassContext(unittest.mock.patch.dict(
            os.environ, DATABASE_URL=cls.server.url(), WORKER_DATABASE_URL=cls.server.url(user="otp_worker")))
        super().setUpClass()

    @property
    def ballast(self):
        return os.path.join(self.disk, "ballast")

    def fill(self):
        """To the last page."""
        with open(self.ballast, "ab", buffering=0) as file:
            for size in (1 << 20, 4096):
                try:
                    while True:
                        file.write(bytes(size))
                except OSError:
                    continue

    def write_log_until_the_server_falls(self):
        """Statements fail for want of room first. Once its log of changes needs another file, the whole server gives up."""
        try:
            for _ in range(30):
                self.server.rows("select pg_logical_emit_message(false, 'test', 'test'), pg_switch_wal()")
        except psycopg2.Error:
            return
        self.fail("the server's log of changes still had room: the test proves nothing")

    def mend(self, full_since):
        time.sleep(max(0.0, full_since + FULL_FOR - time.monotonic()))
        os.remove(self.ballast)
        # It restarts by itself where the disk let it; else somebody has to.
        await_that(lambda: not self.server.runs() or self.server.is_ready(), "the server is up or has ended", pause=0.1)
        print("the server " + ("came back by itself" if self.server.runs() else "had ended and is started"), flush=True)
        if not self.server.runs():
            self.server.start()
        self.database.connection = psycopg2.connect(self.database.url)
        self.database.connection.autocommit = True

    def test_nothing_is_lost_and_the_work_goes_on_once_there_is_room(self):
        self.enqueue()
        self.await_done(0.3)
        self.fill()
        full_since = time.monotonic()
        self.worker.await_line("store_gives_no_answer", error="No space left on device")
        self.write_log_until_the_server_falls()
        self.mend(full_since)
        self.assertLess(self.done(), self.count, "all was done before the fault: the test proves nothing")
        self.worker.await_line("store_answers_again")
        self.assertIn("No space left on device", self.server.log())
        self.audit()


if __name__ == "__main__":
    main()
