#!/usr/bin/python3
"""When there is room for a text again: the edges of every window of begin, and the pauses of the ladder."""
import unittest

from store_case import StoreTest
from store_database import Job, new_number


class windows_slide(StoreTest):
    def fill(self, number, ages):
        self.db.rows("insert into otp.send_budget (tenant, kind, subject, times) select 'acme', 'n', %s, array_agg(now() - make_interval(secs => a) "
                     "order by a desc) from unnest(%s::float8[]) a", number, ages)

    def test_a_text_of_ten_minutes_ago_has_left_the_window(self):
        for oldest, verdict in ((599, "refused"), (600, "send")):
            number = new_number()
            self.fill(number, [oldest, 50, 40, 30, 20])
            self.assertEqual(self.db.begin([Job(number)])[0].verdict, verdict, oldest)

    def test_a_text_of_a_day_ago_has_left_the_window(self):
        for oldest, verdict in ((86399, "refused"), (86400, "send")):
            number = new_number()
            self.fill(number, [oldest] + [3600 + 100 * i for i in range(9)])
            a = self.db.begin([Job(number)])[0]
            self.assertEqual((a.verdict, a.reason), (verdict, "limit_number" if verdict == "refused" else None), oldest)

    def test_a_number_whose_day_is_spent_has_room_once_the_oldest_of_ten_texts_is_a_day_old(self):
        number = new_number()
        self.fill(number, [3600 + 100 * i for i in range(9)])
        self.db.send(number)
        self.db.pass_time(number, 31)
        for purpose in ("login", "payment"):    # a resend, and one that nobody knows
            a = self.db.begin([Job(number, purpose=purpose)])[0]
            self.assertEqual((a.verdict, a.reason), ("refused", "limit_number"))
            left = 86400 - 4400 - 31
            self.assertTrue((left - 2) * 1000 < a.retry_after_ms <= left * 1000, a.retry_after_ms)

    def test_the_ladder_pauses_longer_after_each_send_of_a_verification(self):
        number = new_number()
        self.db.send(number)
        for pause in (30, 60, 120):
            self.db.pass_time(number, pause - 1)
            early = self.db.begin([Job(number)])[0]
            self.assertEqual((early.reason, early.retry_after_ms // 1001), ("resend_too_soon", 0))
            self.db.pass_time(number, 1)
            self.assertEqual(self.db.begin([Job(number)])[0].verdict, "send")

    def test_a_ladder_of_zero_never_pauses(self):
        number = new_number()
        for _ in range(5):
            self.assertEqual(self.db.begin([Job(number)], ladder=[0])[0].verdict, "send")

    def test_a_new_verification_starts_the_ladder_anew(self):
        number = new_number()
        self.db.send(number, code="right")
        self.db.check(number, "right")
        self.assertEqual(self.db.begin([Job(number)])[0].verdict, "send")


if __name__ == "__main__":
    unittest.main()
