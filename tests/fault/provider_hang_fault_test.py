"""A provider does not answer, or too late, while jobs run."""

import os
import tempfile

from fault_test import main
from provider_fault_test import ProviderFault
from programs import await_that

CAP = 16  # calls under way


class Capped(ProviderFault):
    settings = {"OTP_CONCURRENCY": "64", "OTP_WHATSAPP_PROVIDERS": "gupshup"}

    @classmethod
    def setUpClass(cls):
        with tempfile.NamedTemporaryFile("w", suffix=".toml", delete=False) as file:
            file.write(f"[provider.twilio.sms]\nin_flight = {CAP}\n")
        cls.addClassCleanup(os.remove, file.name)
        cls.flags = ("--config", file.name)
        super().setUpClass()

    def test_a_provider_that_hangs_holds_no_more_than_its_cap_and_the_others_jobs_do_not_wait(self):
        self.proxy.black_hole()
        with self.watch_ready():
            self.enqueue(300)
            self.enqueue(300, "--channel", "whatsapp")
            await_that(lambda: self.done() >= self.count - CAP, "all but those that hang are done")
            self.assertEqual(self.attempts("a.provider = 'twilio' and a.state <> 'started'"), 0, "a hanging call had ended")
            self.assertEqual(self.attempts("a.provider = 'twilio'"), CAP)
            self.assertLessEqual(self.proxy.open, CAP)
            self.enqueue(1400)
            self.await_done(0.99)
            self.proxy.heal()
        self.audit()


class Hanging(ProviderFault):
    def test_requests_that_arrive_after_the_time_of_a_call_make_no_third_text(self):
        self.run_into(self.proxy.delay, 12)
        counts = self.audit()
        self.assertGreater(counts["doubts"], 0, "every call ended in time: the test proves nothing")

    def test_what_a_black_hole_held_back_and_gives_up_late_makes_no_third_text(self):
        self.run_into(self.proxy.black_hole)
        counts = self.audit()
        self.assertGreater(counts["doubts"], 0, "every call ended in time: the test proves nothing")


if __name__ == "__main__":
    main()
