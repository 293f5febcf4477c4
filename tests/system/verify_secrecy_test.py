#!/usr/bin/python3
"""No code stays in the memory of otp-verify once its check is answered."""
import re
import secrets
import unittest

from verify_service import HASH_KEYS, World


def found_in_memory(pid, texts):
    """Those of `texts` (bytes) that any readable page of the process holds."""
    with open(f"/proc/{pid}/maps", encoding="ascii") as maps:
        spans = [re.match(r"([0-9a-f]+)-([0-9a-f]+) r\S* \S+ \S+ \S+\s*(.*)", line) for line in maps]
    found = set()
    with open(f"/proc/{pid}/mem", "rb", buffering=0) as memory:
        for span in spans:
            if span is None or span[3] in ("[vvar]", "[vsyscall]"):
                continue
            low, high = int(span[1], 16), int(span[2], 16)
            if high - low > 1 << 33:      # the shadow of a sanitizer
                continue
            memory.seek(low)
            try:
                page = memory.read(high - low)
            except OSError:               # a page that went since, or that nobody may read
                continue
            found.update(text for text in texts if text in page)
    return found


class memory(unittest.TestCase):
    def test_no_code_is_left_behind_right_or_wrong_by_any_route(self):
        world = World()
        self.addCleanup(world.close)
        codes = []

        def code():
            codes.append("%010d" % secrets.randbelow(10**10))
            return codes[-1]
        for _ in range(5):
            number, id = world.texted(code())
            right = codes[-1]
            self.assertEqual(world.post("/v1/check", {"to": number, "code": code()}).json["status"], "pending")
            self.assertEqual(world.post(f"/v1/verifications/{id}/check", {"code": code()}).json["status"], "pending")
            self.assertEqual(world.post("/v1/check", {"to": number, "code": right}).json["status"], "approved")
            number, _ = world.texted(code())
            right = codes[-1]
            self.assertEqual(world.post("/verify-otp", {"phone_number": number, "otp": code()}).status, 400)
            self.assertEqual(world.post("/verify-otp", {"phone_number": number, "otp": int(code())}).status, 400)
            self.assertEqual(world.post("/verify-otp", {"phone_number": number, "otp": right}).status, 200)
            for broken in (b'{"to":"+14155550100","code":"%s"' % code().encode(), b'{"code":"%s","colour":1}' % code().encode(),
                           b'{"to":"+14155550100","code":"%s","code":"1"}' % code().encode()):
                self.assertEqual(world.post("/v1/check", broken).status, 400)
        planted = HASH_KEYS["h1"]      # what the search must find, or it proves nothing
        found = found_in_memory(world.verify.process.pid, [planted, *(c.encode() for c in codes)])
        self.assertIn(planted, found)
        self.assertEqual(found, {planted}, f"{len(found) - 1} of {len(codes)} codes are in the memory of the process")


if __name__ == "__main__":
    unittest.main()
