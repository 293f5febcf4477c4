"""The network between a worker and a provider breaks while jobs run: no text is posted twice to one provider, no job is lost."""

from fault_test import FaultTest, main
from proxy import TO_CLIENT, TO_SERVER
from programs import await_that

REQUEST_BYTES = 400  # less than a request has


class ProviderFault(FaultTest):
    """Twilio, which is preferred, stands behind the proxy; Gupshup can be reached. A worker for each case, because a breaker
    that one case has opened would keep the next from the proxy."""

    proxied = ("twilio",)
    workers_at_start = 0
    flags = ()  # of the worker

    def setUp(self):
        super().setUp()
        self.proxy = self.proxies["twilio"]
        self.addCleanup(self.proxy.heal)
        self.workers[:] = [self.start_worker(self.flags)]
        self.addCleanup(self.worker.stop)
        await_that(self.worker.is_ready, "the worker is ready")

    def run_into(self, fault, *values, until=0.9):
        """Jobs run, the fault comes in their middle and stays until most of them ended by the other provider."""
        self.enqueue()
        self.await_done(0.3)
        with self.watch_ready():
            fault(*values)
            self.await_done(until)
            self.proxy.heal()

    def attempts(self, where):
        return self.database.one(
            "select count(*) from otp.delivery_attempt a join otp.delivery d using (request_id) "
            f"where d.tenant = %s and {where}", self.tenant
        )


class Broken(ProviderFault):
    def test_where_answers_are_lost_the_texts_are_found_at_the_provider_and_none_is_sent_again(self):
        self.run_into(self.proxy.cut_after, self.choose.randrange(0, 150), TO_CLIENT)
        counts = self.audit()
        self.assertGreater(counts["doubts"], 0, "no answer was lost: the test proves nothing")
        self.assertEqual(counts["doubled"], 0, "sent again, though the provider could be asked")

    def test_where_nobody_can_be_asked_what_became_of_a_text_the_same_code_goes_by_the_other_provider(self):
        self.run_into(self.proxy.cut_after, self.choose.randrange(0, 150), TO_CLIENT, until=1)
        counts = self.audit()
        self.assertGreater(counts["doubled"], 0, "nothing was accepted whose answer was lost")

    def test_a_request_that_was_cut_in_its_middle_is_in_doubt_and_comes_by_the_other_provider(self):
        self.run_into(self.proxy.cut_after, self.choose.randrange(1, REQUEST_BYTES), TO_SERVER)
        counts = self.audit()
        self.assertGreater(counts["doubts"], 0, "no request was cut: the test proves nothing")
        self.assertEqual(counts["doubled"], 0, "half a request made a text")

    def test_a_refused_connection_is_certainly_not_sent_and_the_other_provider_is_asked_at_once(self):
        self.proxy.refuse()  # from the start: in the middle, what was cut could open the breaker before any connection is refused
        self.enqueue()
        self.await_done(0.9)
        self.proxy.heal()
        self.audit()
        refused = self.attempts("a.state = 'not_sent'")
        self.assertGreater(refused, 0, "no connection was refused: the test proves nothing")
        slow = self.attempts("a.attempt = 2 and exists (select from otp.delivery_attempt f where f.request_id = d.request_id "
                             "and f.attempt = 1 and f.state = 'not_sent' and a.started_at - f.finished_at > '1 s')")
        self.assertEqual(slow, 0, "waited before the other provider was asked")

    def test_a_provider_that_answers_by_drops_is_in_doubt_after_the_time_of_a_call(self):
        self.run_into(self.proxy.trickle, self.choose.randrange(40, 80))
        counts = self.audit()
        self.assertGreater(counts["doubts"], 0, "every call ended in time: the test proves nothing")


if __name__ == "__main__":
    main()
