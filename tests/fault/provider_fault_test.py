"""The network between a worker and a provider fails while jobs run."""

from fault_test import FaultTest, main
from proxy import TO_CLIENT


class LostAnswers(FaultTest):
    proxied = ("twilio",)

    def test_where_the_answers_are_lost_the_other_provider_sends_the_same_code(self):
        self.enqueue()
        self.await_done(0.3)
        with self.watch_ready():
            self.proxies["twilio"].cut_after(self.choose.randrange(0, 200), TO_CLIENT)
            self.await_done(0.5)
            self.proxies["twilio"].heal()
        counts = self.audit()
        self.assertGreater(counts["doubts"], 0, "no answer was lost: the test proves nothing")
        self.assertGreater(counts["doubled"], 0, "no text was accepted whose answer was lost")


if __name__ == "__main__":
    main()
