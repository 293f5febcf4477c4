"""Checks proofs of otp-verify: https://datatracker.ietf.org/doc/html/rfc7519, by PyJWT."""

import os

import jwt

TENANT = os.environ["OTP_TENANT"]
ISSUER = os.environ.get("OTP_PROOF_ISSUER") or "otp-verify"
# Keeps the key set for five minutes, and asks again for a key that is not in it.
KEYS = jwt.PyJWKClient(os.environ["OTP_VERIFY_URL"] + "/.well-known/jwks.json")
NEEDED = ["iss", "aud", "sub", "iat", "exp", "jti"]


class ProofRefused(Exception):
    """Why, in words for the person."""


def claims_of(proof, *purposes):
    """What a proof says; refused unless it is ours, of now, and for one of these purposes. Who acts on it must keep its
    `jti` until `exp`, and refuse it the second time."""
    try:
        if jwt.get_unverified_header(proof).get("typ") != "otp-proof+jwt":
            raise jwt.InvalidTokenError("another kind of token")
        key = KEYS.get_signing_key_from_jwt(proof).key
        claims = jwt.decode(proof, key, algorithms=["ES256"], audience=TENANT, issuer=ISSUER, options={"require": NEEDED})
    except (jwt.PyJWTError, OSError) as why:
        raise ProofRefused("This proof is not good, or too old. Start once more.") from why
    if claims.get("purpose") not in purposes:
        raise ProofRefused("This proof is for something else. Start once more.")
    return claims
