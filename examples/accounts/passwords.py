"""Passwords are kept as scrypt hashes: https://www.rfc-editor.org/rfc/rfc7914"""

import hashlib
import hmac
import secrets

COST = {"n": 2**15, "r": 8, "p": 3, "maxmem": 2**26}  # 32 MiB and some 0.2 s
NOBODY = bytes(16 + 64)  # what a number without an account is compared with, so that it takes as long


def fault_of(password):
    if not 8 <= len(password) <= 200:
        return "A password has 8 to 200 characters."
    return None


def hashed(password, salt=None):
    salt = salt or secrets.token_bytes(16)
    return salt + hashlib.scrypt(password.encode(), salt=salt, **COST)


def is_right(password, stored):
    stored = stored or NOBODY
    return hmac.compare_digest(hashed(password, stored[:16]), stored)
