#!/usr/bin/python3
"""On the older routes, the clock does not tell a wrong code from a number that nobody asked a code for.

What is compared is every answer of one kind with every answer of the other: the share of pairs in which the wrong code took longer
(Mann and Whitney's U as a share). At 0.5 the time tells nothing, at 0 or 1 everything. Ranks do not mind a noisy machine, which only
adds rows that tell nothing. 3000 answers put the share's own error under 0.011, so the threshold of 0.05 is some five of these.
They are asked one after the other: checks that come at once share a statement and its commit, which would hide what one alone shows."""
import http.client
import json
import random
import re
import statistics
import time
import unittest

from verify_service import LIMIT, World, new_number

OLDER, V1 = ("/verify-otp", "phone_number", "otp"), ("/v1/check", "to", "code")
ANSWERS = 1500   # of each kind
MOST_TOLD = 0.05


def share_of_slower(wrong, unknown):
    """How often, of all pairs, the first took longer; ties count half."""
    ranked = sorted([(t, 1) for t in wrong] + [(t, 0) for t in unknown])
    total, at = 0.0, 0
    while at < len(ranked):
        end = at
        while end < len(ranked) and ranked[end][0] == ranked[at][0]:
            end += 1
        total += sum(kind for _, kind in ranked[at:end]) * (at + end + 1) / 2
        at = end
    return (total - len(wrong) * (len(wrong) + 1) / 2) / (len(wrong) * len(unknown))


class the_clock(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.world = World()
        cls.addClassCleanup(cls.world.close)

    def took(self, route, numbers):
        """Asks in turn over one connection that is kept: (seconds, what the number was, status, body) of each."""
        path, to, code = route
        results = []
        connection = http.client.HTTPConnection(*self.world.verify.address, timeout=LIMIT)
        headers = {"Authorization": "Bearer " + self.world.key, "Content-Type": "application/json"}
        for number, kind in numbers:
            body = json.dumps({to: number, code: "000000"})
            began = time.perf_counter()
            connection.request("POST", path, body, headers)
            answer = connection.getresponse()
            text = answer.read()
            results.append((time.perf_counter() - began, kind, answer.status, text))
        connection.close()
        return results

    def measure(self, route, count):
        """Seconds for wrong codes, seconds for unknown numbers, and the set of answers of each."""
        pending = [self.world.texted("123456")[0] for _ in range(count // 2)]
        asked = [(n, "wrong") for n in pending for _ in range(2)] + [(new_number(), "unknown") for _ in range(count)]
        random.shuffle(asked)
        results = self.took(route, asked)
        times = [[r[0] for r in results if r[1] == kind] for kind in ("wrong", "unknown")]
        answers = [{(r[2], r[3]) for r in results if r[1] == kind} for kind in ("wrong", "unknown")]
        share = share_of_slower(*times)
        middle = [statistics.median(t) * 1000 for t in times]
        print(f"{route[0]}: {len(times[0])} wrong, {len(times[1])} unknown; medians {middle[0]:.3f} and {middle[1]:.3f} ms; "
              f"wrong is slower in {share:.3f} of pairs", flush=True)
        return share, answers

    def test_does_not_tell_a_wrong_code_from_an_unknown_number(self):
        share, (wrong, unknown) = self.measure(OLDER, ANSWERS)
        self.assertEqual(wrong, unknown)
        self.assertEqual(len(wrong), 1)
        self.assertLess(abs(share - 0.5), MOST_TOLD)

    def test_would_tell_without_the_commit_of_an_unknown_number(self):
        """By a route that evens nothing else: were the two alike by nature, the test above would prove nothing."""
        written = self.world.db.one("select pg_get_functiondef('otp.check_codes'::regproc)")
        without = re.sub(r"perform pg_logical_emit_message\([^)]*\)", "null", written)
        self.assertNotEqual(without, written)
        self.world.db.rows(without)
        self.addCleanup(self.world.db.rows, written)
        share, _ = self.measure(V1, 300)
        self.assertGreater(share, 0.5 + 2 * MOST_TOLD)


if __name__ == "__main__":
    unittest.main()
