"""PostgreSQL restarts while jobs run."""

import signal

from fault_test import FaultTest, main
from programs import await_that


class Restart(FaultTest):
    private = True

    def restart_by(self, end, *how):
        self.enqueue()
        self.await_done(0.3)
        with self.watch_ready():
            end("postgres", *how)
            await_that(lambda: not self.worker.is_ready(), "the worker is not ready")
            self.servers.start("postgres")
        self.database.connect()
        self.audit()

    def test_a_fast_shutdown_loses_nothing(self):
        self.restart_by(self.servers.stop)

    def test_an_immediate_shutdown_loses_nothing(self):
        self.restart_by(self.servers.kill, signal.SIGQUIT)

    def test_a_server_that_is_killed_loses_nothing(self):
        self.restart_by(self.servers.kill)


if __name__ == "__main__":
    main()
