#!/usr/bin/python3
"""The abuse budget: which texts were followed by the right code, counted once when all is decided, and whom that closes."""
import unittest

from store_database import Database, Job

FLOORS, SHARES = [4, 6, 8], [2.0, 1.0, 0.5]


class Case(unittest.TestCase):
    def setUp(self):
        self.database = Database("store_abuse")
        self.addCleanup(self.database.drop)
        self.db = self.database.session()
        self.addCleanup(self.db.close)

    def texts(self, count, verified=0, country="GB", ip=None, tenant="acme"):
        for place in range(count):
            job = Job(ip=ip, tenant=tenant, code="right")
            self.assertEqual(self.db.begin([job], country=[country])[0].verdict, "send")
            if place < verified:
                self.assertEqual(self.db.check(job.number, "right", tenant=tenant).answer, "approved")

    def due(self):
        """All texts that are not counted yet become old enough."""
        self.db.rows("update otp.delivery set created_at = (select at from otp.abuse_mark) + interval '1 us' where created_at > now() - interval '10 min'")

    def decided(self):
        self.due()
        self.sweep()

    def sweep(self, floors=FLOORS, ip_floors=FLOORS):
        while self.db.one("select otp.sweep_abuse('10 min', %s::int[], %s::float8[], %s::int[], %s::float8[], '15 min')", floors, SHARES, ip_floors, SHARES):
            pass

    def sweep_again(self):
        """As a quarter of an hour later, without a text in between."""
        self.db.rows("update otp.delivery set attempts = 0")
        self.db.rows("update otp.abuse_mark set at = at - interval '15 min'")
        self.sweep()

    def closed(self):
        return self.db.rows("select * from otp.closed_by_abuse() order by 2, 3")

    def age_buckets(self, by):
        self.db.rows("update otp.abuse_bucket set at = at - %s::interval", by)

    def start(self):
        """The first sweep begins an hour before what is due."""
        self.sweep()


class counting(Case):
    def buckets(self):
        return self.db.rows("select tenant, kind::text, subject, sum(sent)::int, sum(verified)::int from otp.abuse_bucket group by 1, 2, 3 order by 2, 3, 1")

    def test_each_text_counts_once_for_its_country_and_network(self):
        self.start()
        self.texts(3, 1, ip="203.0.113.9")
        self.texts(1, 0, country="DE", ip="203.0.113.77")
        self.texts(1, 1, country="DE", ip="2001:db8:1:2::9", tenant="other")
        for _ in range(2):
            self.decided()
            self.assertEqual(self.buckets(), [("acme", "c", "DE", 1, 0), ("other", "c", "DE", 1, 1), ("acme", "c", "GB", 3, 1),
                                              ("other", "i", "2001:db8:1:2::/64", 1, 1), ("acme", "i", "203.0.113.0/24", 4, 1)])

    def test_a_text_that_may_still_be_answered_is_not_counted_yet(self):
        self.start()
        self.texts(2)
        self.sweep()
        self.assertEqual(self.buckets(), [])

    def test_what_was_refused_is_no_text(self):
        self.start()
        job = Job(ip="203.0.113.9")
        self.db.begin([job], country=["GB"], bar=["limit_tenant"])
        self.decided()
        self.assertEqual(self.buckets(), [])

    def test_two_sweeps_at_once_count_once(self):
        self.start()
        self.texts(5, ip="203.0.113.9")
        self.due()
        sweep = "select otp.sweep_abuse('10 min', null, null, null, null, '15 min')"
        self.database.parallel(8, lambda _, s: s.one(sweep))
        self.sweep()
        self.assertEqual({b[3] for b in self.buckets()}, {5})

    def test_buckets_older_than_a_day_become_one_of_the_day_and_go_in_the_end(self):
        self.start()
        self.texts(4, 1)
        self.decided()
        for by in ("26 h", "30 min"):
            self.age_buckets(by)
        self.sweep_again()
        self.assertEqual(self.db.rows("select whole_day, sent, verified from otp.abuse_bucket"), [(True, 4, 1)])
        self.age_buckets("17 days")
        self.sweep_again()
        self.assertEqual(self.buckets(), [])


class closing(Case):
    def test_as_many_unverified_as_the_floor_are_allowed_and_one_more_closes(self):
        self.start()
        self.texts(4)
        self.decided()
        self.assertEqual(self.closed(), [])
        self.texts(1)
        self.decided()
        self.assertEqual(self.closed(), [("acme", "country", "GB")])

    def test_a_share_of_the_verified_ones_is_allowed_over_the_floor(self):
        self.start()
        self.texts(18, 6)
        self.decided()
        self.assertEqual(self.db.rows("select span, unverified, verified, allowed from otp.abuse_closed"), [("24h", 12, 6, 6)])
        self.texts(6, 6)
        self.decided()
        self.assertEqual(self.closed(), [("acme", "country", "GB")], "a fortnight allows half as many as were verified")
        self.texts(12, 12)
        self.decided()
        self.assertEqual(self.closed(), [])

    def test_what_left_the_hour_counts_for_the_day_and_the_fortnight(self):
        for age, unverified, span in (("2 h", 7, "24h"), ("2 days", 9, "14d"), ("15 days", 99, None)):
            self.db.rows("truncate otp.abuse_bucket, otp.abuse_closed")
            self.db.rows("insert into otp.abuse_bucket values ('acme', 'c', 'GB', true, now() - %s::interval, %s, 0)", age, unverified - 1)
            self.start()
            self.texts(1)
            self.decided()
            self.assertEqual([r[0] for r in self.db.rows("select span from otp.abuse_closed")], [span] if span else [], age)

    def test_a_network_is_closed_for_its_tenant_only(self):
        self.start()
        for place in range(5):
            self.texts(1, ip=f"203.0.113.{place}", country=f"A{place}")
        self.texts(1, ip="203.0.113.9", tenant="other")
        self.decided()
        self.assertEqual(self.closed(), [("acme", "ip", "203.0.113.0/24")])

    def test_a_kind_that_is_not_judged_is_open(self):
        self.start()
        self.texts(5)
        self.decided()
        self.assertNotEqual(self.closed(), [])
        self.texts(1)
        self.due()
        self.sweep(floors=[None] * 3)
        self.assertEqual(self.closed(), [])

    def test_it_opens_by_itself_when_its_windows_have_passed(self):
        self.start()
        self.texts(5)
        self.decided()
        self.age_buckets("17 days")
        self.sweep_again()
        self.assertEqual(self.closed(), [])

    def test_each_closing_is_told_until_the_broker_has_it(self):
        self.start()
        self.texts(5)
        self.decided()
        for _ in range(2):
            (alert,) = self.db.call("select * from otp.untold_abuse()")
            self.assertEqual(alert[:7], ("acme", "country", "GB", "1h", 5, 0, 4))
        self.db.rows("select otp.told_abuse(array['acme'], array['country'], array['GB'])")
        self.texts(1)
        self.decided()
        self.assertEqual(self.db.call("select * from otp.untold_abuse()"), [])
        self.assertEqual(len(self.closed()), 1)


if __name__ == "__main__":
    unittest.main()
