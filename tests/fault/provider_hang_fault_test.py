"""A provider does not answer, or too late, while jobs run."""

import time

from fault_test import main
from provider_fault_test import ProviderFault
from stack import await_that


CONCURRENCY = 64
CALL_LIMIT = 10  # seconds


class Hanging(ProviderFault):
    settings = {"OTP_CONCURRENCY": str(CONCURRENCY), "OTP_WHATSAPP_PROVIDERS": "gupshup"}

    def test_jobs_of_another_provider_wait_for_one_hanging_call_at_most(self):
        self.proxy.black_hole()
        with self.watch_ready():
            self.enqueue(500)
            began = time.monotonic()
            self.enqueue(1500, "--channel", "whatsapp")
            most = 0

            def all_by_whatsapp_are_done():
                nonlocal most
                most = max(most, self.proxy.open)
                return self.database.one(
                    "select count(*) from otp.delivery where tenant = %s and channel = 'whatsapp' and status = 'sent'", self.tenant
                ) == 1500

            await_that(all_by_whatsapp_are_done, "the other provider's jobs are done while this one hangs")
            waited = time.monotonic() - began
            self.proxy.heal()
        print(f"the other provider's 1500 jobs took {waited:.1f} s, calls that hung {most}", flush=True)
        self.assertGreater(most, 0, "nothing hung: the test proves nothing")
        self.assertLessEqual(most, CONCURRENCY)
        self.assertLess(waited, 2 * CALL_LIMIT + 10)
        self.audit()

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
