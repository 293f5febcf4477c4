"""A provider does not answer, or too late, while jobs run."""

from fault_test import main
from provider_fault_test import ProviderFault


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
