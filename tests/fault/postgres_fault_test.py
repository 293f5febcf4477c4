"""The network between a worker and the database breaks while jobs run, or the database makes it wait."""

import os
import threading
import time

import psycopg2

from fault_test import FaultTest, main
from proxy import TO_CLIENT, TO_SERVER
from programs import await_that

MEBIBYTE = 1024 * 1024
PREFETCH = 128  # twice OTP_CONCURRENCY


class PostgresFault(FaultTest):
    proxied = ("postgres",)

    def setUp(self):
        super().setUp()
        self.proxy = self.proxies["postgres"]
        self.addCleanup(self.proxy.heal)

    def memory(self):
        """Resident bytes of the worker."""
        with open(f"/proc/{self.worker.process.pid}/statm", encoding="ascii") as file:
            return int(file.read().split()[1]) * os.sysconf("SC_PAGESIZE")


class Cut(PostgresFault):
    def cut_again_and_again(self, direction):
        self.enqueue()
        for share in (0.1, 0.3, 0.5, 0.7):
            self.await_done(share)
            with self.watch_ready():
                before = self.proxy.cuts
                self.proxy.cut_after(self.choose.randrange(1, 20_000), direction)
                await_that(lambda b=before: self.proxy.cuts >= b + 2, "connections were cut", pause=0.001)
                self.proxy.heal()
        self.audit()

    def test_statements_that_are_cut_are_asked_again(self):
        self.cut_again_and_again(TO_SERVER)

    def test_answers_that_are_cut_after_the_commit_change_nothing_twice(self):
        self.cut_again_and_again(TO_CLIENT)

    def test_a_database_that_refuses_for_a_while_is_found_again(self):
        self.enqueue()
        self.await_done(0.2)
        with self.watch_ready():
            self.proxy.refuse()
            await_that(lambda: not self.worker.is_ready(), "the worker is not ready")
            self.proxy.heal()
        self.audit()

    def test_sessions_that_are_ended_again_and_again_lose_nothing(self):
        self.enqueue()
        self.await_done(0.1)
        with self.watch_ready():
            ended, give_up_at = 0, time.monotonic() + 60
            while ended <= 20 and time.monotonic() < give_up_at:
                ended += self.database.one(
                    "select count(pg_terminate_backend(pid)) from pg_stat_activity "
                    "where datname = current_database() and usename = 'otp_worker'"
                )
                time.sleep(self.choose.uniform(0.05, 0.3))  # any moment of a statement
        self.assertGreater(ended, 20)
        self.audit()


class Slow(PostgresFault):
    def test_a_slow_database_holds_jobs_on_the_queue_and_not_in_memory(self):
        self.enqueue(4000)
        self.await_done(0.1)
        before = self.memory()
        with self.watch_ready():
            self.proxy.delay(1)  # two seconds there and back
            grown = 0
            for _ in range(12):
                time.sleep(0.5)
                grown = max(grown, self.memory() - before)
                begun = self.database.one("select count(*) from otp.delivery where tenant = %s and status = 'sending'", self.tenant)
                self.assertLessEqual(begun, PREFETCH)
                self.assertGreaterEqual(self.broker.depth("otp.send"), self.count - self.done() - 2 * PREFETCH)
            self.proxy.heal()
        print(f"resident memory grew by {grown / MEBIBYTE:.1f} MiB", flush=True)
        self.assertLess(grown, 16 * MEBIBYTE)
        self.audit()

    def test_a_narrow_network_to_the_database_loses_nothing(self):
        self.enqueue(1000)
        self.await_done(0.2)
        with self.watch_ready():
            self.proxy.trickle(100_000)
            self.await_done(0.6)
            self.proxy.heal()
        self.audit()

    def test_a_network_that_swallows_everything_is_found_and_left(self):
        self.enqueue()
        self.await_done(0.2)
        with self.watch_ready():
            self.proxy.black_hole()
            self.await_said("store_gives_no_answer")
            self.proxy.heal()
        self.audit()


class Locks(PostgresFault):
    def hold(self, seconds, *statements):
        """In a transaction of another session, from now on."""
        holds = threading.Event()

        def transaction():
            with psycopg2.connect(self.database.url) as other, other.cursor() as cursor:
                for statement in statements:
                    cursor.execute(statement)
                holds.set()
                time.sleep(seconds)
            other.close()

        holder = threading.Thread(target=transaction)
        holder.start()
        self.addCleanup(holder.join)
        self.assertTrue(holds.wait(20), "the lock could not be had")
        return holder

    def test_a_table_that_is_locked_for_longer_than_a_statement_may_take_delays_and_loses_nothing(self):
        self.enqueue()
        self.await_done(0.2)
        with self.watch_ready():
            self.hold(6, "set lock_timeout = '10s'", "lock table otp.delivery in exclusive mode").join()
        self.audit()

    def test_a_number_whose_budget_is_locked_delays_and_loses_nothing(self):
        hot = self.job()
        self.broker.publish(hot)
        self.await_status(hot, "sent")
        again = self.job(hot["to"], tenant=hot["tenant"])
        self.enqueue()
        self.await_done(0.2)
        with self.watch_ready():
            lock = self.hold(6, f"select from otp.send_budget where subject = '{hot['to']}' for update")
            self.broker.publish(again)
            lock.join()
        self.await_status(again, "sent")
        self.audit()


if __name__ == "__main__":
    main()
