#!/usr/bin/python3
"""Deliveries over HTTP: newest first, page by page, by filters that are obeyed or refused, and never another tenant's."""
import unittest
import urllib.parse

from verify_service import Verify, World, new_number


class Case(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.world = World()
        cls.addClassCleanup(cls.world.close)

    def list(self, query="", key=None, **filters):
        query = query or urllib.parse.urlencode(filters)
        return self.world.get("/v1/deliveries" + ("?" + query if query else ""), key)

    def ids(self, query="", key=None, **filters):
        a = self.list(query, key, **filters)
        self.assertEqual(a.status, 200, a.text)
        return [item["request_id"] for item in a.json["items"]]

    def send(self, number=None, key=None, **more):
        a = self.world.post("/v1/verifications", {"to": number or new_number(), **more}, key)
        self.assertEqual(a.status, 202, a.text)
        return a.json["request_id"]


class lists(Case):
    def test_deliveries_come_newest_first_with_masked_numbers(self):
        number = new_number()
        old = self.send(number, purpose="login", user="list-1", channel="sms", locale="en-GB")
        new = self.send(number, purpose="payment", user="list-1")
        a = self.list(user="list-1")
        self.assertEqual((a.status, a.json["next_cursor"]), (200, None))
        self.assertEqual([i["request_id"] for i in a.json["items"]], [new, old])
        last = a.json["items"][1]
        self.assertEqual({k: last[k] for k in ("status", "reason", "to", "purpose", "user", "channel", "provider", "template", "locale", "attempts")},
                         {"status": "queued", "reason": None, "to": number[:5] + "****" + number[-3:], "purpose": "login", "user": "list-1",
                          "channel": "sms", "provider": None, "template": "otp", "locale": "en-GB", "attempts": 0})
        self.assertNotIn(number[1:], a.text)

    def test_pages_follow_each_other_without_gap_or_repeat(self):
        sent = [self.send(user="pages") for _ in range(7)]
        seen, cursor = [], None
        for size in (3, 3, 1):
            page = self.list(user="pages", limit=3, **({"cursor": cursor} if cursor else {})).json
            self.assertEqual(len(page["items"]), size)
            seen += [i["request_id"] for i in page["items"]]
            cursor = page["next_cursor"]
        self.assertIsNone(cursor)
        self.assertEqual(seen, sent[::-1])

    def test_each_filter_selects(self):
        number, id = self.world.texted(purpose="filters")
        [taken] = self.ids(to=number)
        self.world.db.finish(taken, 1, "accepted", message="M" + taken)
        waiting = self.send(purpose="filters", user="filters-1")
        self.assertEqual(self.ids(purpose="filters"), [waiting, taken])
        self.assertEqual(self.ids(purpose="filters", status="sent"), [taken])
        self.assertEqual(self.ids(purpose="filters", provider="twilio"), [taken])
        self.assertEqual(self.ids(purpose="filters", provider="gupshup"), [])
        self.assertEqual(self.ids(user="filters-1"), [waiting])
        self.assertEqual(self.ids(status="queued", user="filters-1", purpose="filters"), [waiting])

    def test_a_number_is_found_whole_however_its_plus_is_sent(self):
        number = new_number()
        sent = self.send(number)
        for query in ("to=" + number, "to=%2B" + number[1:], "to=%2B1%20415-" + number[5:]):
            self.assertEqual(self.ids(query), [sent], query)
        self.assertEqual(self.list("to=" + number[2:]).status, 400)       # no default region here
        local = Verify(self.world.database, self.world.vhost.url(), OTP_DEFAULT_REGION="US")
        self.addCleanup(local.kill)
        a = local.call("GET", "/v1/deliveries?to=" + number[2:], None, self.world.key)
        self.assertEqual([i["request_id"] for i in a.json["items"]], [sent])

    def test_times_bound_the_list_on_both_sides(self):
        sent = [self.send(user="times") for _ in range(3)]
        at = [i["created_at"] for i in self.list(user="times").json["items"]][::-1]
        self.world.db.rows("update otp.delivery set created_at = created_at - interval '1 day' where request_id = %s", sent[0])
        self.assertEqual(self.ids(user="times", created_before=at[0]), [sent[0]])
        self.assertEqual(self.ids(user="times", created_after=at[0][:19].replace("Z", "") + "Z", limit=2), [sent[2], sent[1]])
        self.assertEqual(self.ids("user=times&created_after=2020-01-01T00:00:00+01:00"), sent[::-1])
        self.assertEqual(self.ids(user="times", created_after="2099-01-01T00:00:00Z"), [])

    def test_nothing_of_another_tenant_is_listed(self):
        number = new_number()
        mine, theirs = self.send(number), self.send(number, self.world.other_key)
        self.assertEqual(self.ids(to=number), [mine])
        self.assertEqual(self.ids(key=self.world.other_key, to=number), [theirs])
        cursor = self.list(limit=1).json["next_cursor"]
        self.assertNotIn(mine, self.ids(key=self.world.other_key, cursor=cursor))

    def test_it_needs_scope_read(self):
        a = self.list(key=self.world.new_key("acme", "send", "check"))
        self.assertEqual((a.status, a.json["code"]), (403, "missing_scope"))

    def test_what_is_wrong_with_a_query_is_told_by_name(self):
        wrong = {"status=lost": "status", "provider=twillio": "provider", "purpose=A": "purpose", "user=": "user", "to=12": "to",
                 "created_after=yesterday": "created_after", "created_before=1795232094": "created_before", "limit=0": "limit",
                 "limit=201": "limit", "limit=x": "limit", "cursor=x": "cursor", "colour=red": "colour", "status=sent&status=sent": "status",
                 "cursor=1_0123456789ABCDEF0123456789ABCDEF0123": "cursor", "to=%zz": "query"}
        for query, field in wrong.items():
            a = self.list(query)
            self.assertEqual((a.status, a.json["code"], a.type), (400, "invalid_request", "application/problem+json"), query)
            self.assertEqual([e["field"] for e in a.json["errors"]], [field], query)
        both = self.list("limit=0&colour=red").json["errors"]
        self.assertEqual({e["field"]: e["code"] for e in both}, {"limit": "invalid_field", "colour": "unknown_field"})
        self.assertIn("1 to 200", both[0]["detail"])


if __name__ == "__main__":
    unittest.main()
