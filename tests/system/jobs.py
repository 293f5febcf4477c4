"""What a job is made of, and the codes that come of it."""

import hashlib
import hmac
import re
from datetime import datetime, timedelta, timezone

CODE_KEYS = "c1:" + "17" * 32
HASH_KEYS = "h1:" + "2b" * 32


def now(seconds=0):
    at = datetime.now(timezone.utc) + timedelta(seconds=seconds)
    return at.strftime("%Y-%m-%dT%H:%M:%S.%f")[:-3] + "Z"


_numbers = iter(range(10**7))


def new_number():
    """A valid number that no test of this process has used."""
    return "+1415%07d" % (2000000 + next(_numbers))


def digits(text):
    """The code in a text."""
    found = re.findall(r"\d{4,10}", text)
    if len(found) != 1:
        raise AssertionError("not exactly one code in " + text)
    return found[0]


def tag_of(code, number, purpose, tenant, keys=HASH_KEYS):
    """The stored tag of a code, as docs/codes.md says."""
    key = bytes.fromhex(keys.split(",")[0].split(":")[1])
    fields = ["otp-hash/1", tenant, number, purpose, code]
    data = b"".join(len(f.encode()).to_bytes(4, "big") + f.encode() for f in fields)
    return hmac.new(key, data, hashlib.sha256).digest()
