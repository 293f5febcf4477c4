"""The network between a worker and the broker breaks while jobs run."""

from fault_test import FaultTest, main
from proxy import TO_CLIENT, TO_SERVER
from jobs import HASH_KEYS
from programs import await_that
from verify_service import Verify

CONSUME, PUBLISH = b"otp-worker consume", b"otp-worker publish"


class AmqpFault(FaultTest):
    proxied = ("amqp",)

    def setUp(self):
        super().setUp()
        self.proxy = self.proxies["amqp"]
        self.addCleanup(self.proxy.heal)


class Cut(AmqpFault):
    def cut_again_and_again(self, connection, direction, within):
        """After a random count of bytes, up to `within`."""
        self.enqueue()
        for share in (0.1, 0.3, 0.5, 0.7):
            self.await_done(share)
            with self.watch_ready():
                before = self.proxy.cuts
                self.proxy.only(connection)
                self.proxy.cut_after(self.choose.randrange(1, within), direction)
                await_that(lambda b=before: self.proxy.cuts > b, "a connection was cut", pause=0.001)
                self.proxy.heal()
        self.audit()

    def test_deliveries_that_are_cut_in_mid_frame_come_again(self):
        self.cut_again_and_again(CONSUME, TO_CLIENT, 3000)

    def test_acks_that_are_cut_in_mid_frame_text_nobody_twice(self):
        self.cut_again_and_again(CONSUME, TO_SERVER, 100)

    def test_events_that_are_cut_in_mid_frame_are_published_again(self):
        self.cut_again_and_again(PUBLISH, TO_SERVER, 3000)

    def test_confirms_that_are_cut_in_mid_frame_lose_no_event(self):
        self.cut_again_and_again(PUBLISH, TO_CLIENT, 100)

    def test_a_broker_that_refuses_for_a_while_is_found_again(self):
        self.enqueue()
        self.await_done(0.2)
        with self.watch_ready():
            self.proxy.refuse()
            self.await_said("broker_down", connection="consume", detail="refused")
            self.proxy.heal()
        self.audit()

    def test_a_worker_that_loses_the_broker_while_it_starts_waits_for_it(self):
        self.proxy.only(PUBLISH)
        self.proxy.cut_after(1200, TO_SERVER)  # in the midst of what it declares
        worker = self.start_worker()
        worker.await_line("waiting_for_broker")
        self.proxy.heal()
        await_that(worker.is_ready, "the worker is ready")
        self.assertEqual(worker.stop(), 0)


class Slow(AmqpFault):
    def losses(self):
        return sum(line["event"] == "broker_down" for line in self.worker.log)

    def test_a_slow_network_costs_time_and_no_connection(self):
        before = self.losses()
        self.enqueue(1000)
        self.await_done(0.2)
        with self.watch_ready():
            self.proxy.delay(0.4)
            self.await_done(0.7)
            self.proxy.heal()
        self.audit()
        self.assertEqual(self.losses(), before)

    def test_a_narrow_network_costs_time_and_no_connection(self):
        before = self.losses()
        self.enqueue(1000)
        self.await_done(0.2)
        with self.watch_ready():
            self.proxy.trickle(40_000)
            self.await_done(0.7)
            self.proxy.heal()
        self.audit()
        self.assertEqual(self.losses(), before)


class BlackHole(AmqpFault):
    def test_heartbeats_find_a_network_that_swallows_everything(self):
        self.enqueue()
        self.await_done(0.2)
        with self.watch_ready():
            self.proxy.black_hole()
            self.assertFalse(self.worker.is_ready(), "ready from then on, though heartbeats are not missed yet")
            for connection in ("consume", "publish"):
                self.await_said("broker_down", limit=30, connection=connection, detail="nothing received")
            self.proxy.heal()
        self.audit()

    def test_otp_verify_too_is_not_ready_from_then_on(self):
        verify = Verify(self.database, self.usual_settings()["AMQP_URL"], OTP_HASH_KEYS=HASH_KEYS)
        self.addCleanup(verify.kill)
        await_that(lambda: verify.call("GET", "/readyz").status == 200, "otp-verify is ready")
        self.proxy.black_hole()
        answer = verify.call("GET", "/readyz")
        self.assertEqual((answer.status, answer.json["checks"]["broker"]["ok"]), (503, False), "heartbeats are not missed yet")
        self.proxy.heal()
        await_that(lambda: verify.call("GET", "/readyz").status == 200, "otp-verify is ready again")


if __name__ == "__main__":
    main()
