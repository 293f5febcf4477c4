#!/usr/bin/python3
"""Proofs: what an approved check hands out, and how an app's backend checks it with a library that is not ours."""
import os
import re
import subprocess
import tempfile
import time
import unittest

import jwt

from verify_service import LIMIT, ROOT, Verify, World

JWKS = "/.well-known/jwks.json"
os.environ["no_proxy"] = "127.0.0.1"  # PyJWKClient asks like a browser would


def new_key_file(folder, name, curve="P-256"):
    path = os.path.join(folder, name + ".pem")
    subprocess.run(["openssl", "genpkey", "-algorithm", "EC", "-pkeyopt", "ec_paramgen_curve:" + curve, "-out", path],
                   check=True, capture_output=True, timeout=LIMIT)
    return path


def verified(proof, jwks, tenant="acme", issuer="otp-verify"):
    """The claims, as docs/proofs.md checks them."""
    kid = jwt.get_unverified_header(proof)["kid"]
    key = {k.key_id: k for k in jwt.PyJWKSet.from_dict(jwks).keys}[kid].key
    needed = ["iss", "aud", "sub", "iat", "exp", "jti"]
    return jwt.decode(proof, key, algorithms=["ES256"], audience=tenant, issuer=issuer, options={"require": needed})


class Case(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        folder = tempfile.TemporaryDirectory()
        cls.addClassCleanup(folder.cleanup)
        cls.folder = folder.name
        cls.old, cls.new = new_key_file(cls.folder, "old"), new_key_file(cls.folder, "new")
        cls.world = World(OTP_PROOF_KEYS=f"old:{cls.old}")
        cls.addClassCleanup(cls.world.close)

    def another(self, **settings):
        service = Verify(self.world.database, self.world.vhost.url(), **settings)
        self.addCleanup(service.kill)
        return service

    def approved(self, service=None, key=None, **texted):
        number, id = self.world.texted("123456", **texted)
        body = {"to": number, "code": "123456", "purpose": texted.get("purpose", "default")}
        a = (service or self.world.verify).call("POST", "/v1/check", body, key or self.world.key)
        self.assertEqual((a.status, a.json["valid"]), (200, True), a.text)
        return number, id, a.json


class proofs(Case):
    def test_a_right_code_earns_a_proof_that_another_library_verifies(self):
        before = int(time.time()) - 1
        number, id, answer = self.approved(purpose="login")
        header = jwt.get_unverified_header(answer["proof"])
        self.assertEqual(header, {"typ": "otp-proof+jwt", "alg": "ES256", "kid": "old"})
        claims = verified(answer["proof"], self.world.verify.call("GET", JWKS).json)
        self.assertEqual({k: claims[k] for k in ("iss", "aud", "sub", "purpose", "vid")},
                         {"iss": "otp-verify", "aud": "acme", "sub": number, "purpose": "login", "vid": id})
        self.assertIn(claims["iat"], range(before, int(time.time()) + 2))
        self.assertEqual(claims["exp"] - claims["iat"], 300)
        self.assertEqual(set(claims), {"iss", "aud", "sub", "purpose", "vid", "iat", "exp", "jti"})

    def test_a_check_by_id_earns_one_too(self):
        number, id = self.world.texted("123456", purpose="reset")
        a = self.world.post(f"/v1/verifications/{id}/check", {"code": "123456"})
        claims = verified(a.json["proof"], self.world.verify.call("GET", JWKS).json)
        self.assertEqual((claims["sub"], claims["purpose"], claims["vid"]), (number, "reset", id))

    def test_every_proof_has_an_id_of_its_own(self):
        jwks = self.world.verify.call("GET", JWKS).json
        ids = {verified(self.approved()[2]["proof"], jwks)["jti"] for _ in range(3)}
        self.assertEqual(len(ids), 3)

    def test_it_is_for_the_tenant_of_the_key(self):
        answer = self.approved(tenant="other", key=self.world.other_key)[2]
        jwks = self.world.verify.call("GET", JWKS).json
        self.assertEqual(verified(answer["proof"], jwks, "other")["aud"], "other")
        with self.assertRaises(jwt.InvalidAudienceError):
            verified(answer["proof"], jwks, "acme")

    def test_a_wrong_code_and_the_older_routes_earn_none(self):
        number, id = self.world.texted("123456")
        for _ in range(5):
            a = self.world.post("/v1/check", {"to": number, "code": "000000"})
            self.assertEqual(a.status, 200)
            self.assertNotIn("proof", a.json)
            self.world.no_pauses(id)
        number, _ = self.world.texted("123456")
        a = self.world.post("/verify-otp", {"phone_number": number, "otp": "123456"})
        self.assertEqual((a.status, "proof" in a.json), (200, False))

    def test_neither_proof_nor_number_is_logged(self):
        number, _, answer = self.approved()
        log = "".join(self.world.verify.log)
        self.assertIn("listening", log)
        for hidden in (answer["proof"], answer["proof"].rpartition(".")[2], number[1:]):
            self.assertNotIn(hidden, log)


class the_page_about_proofs(Case):
    def test_its_lines_for_python_accept_a_proof_once_and_for_its_purpose(self):
        with open(os.path.join(ROOT, "docs", "proofs.md")) as page:
            lines = re.search(r"```python\n(.*?)```", page.read(), re.DOTALL)[1]
        url = "http://%s:%d" % self.world.verify.address
        used = set()
        names = {"first_use": lambda jti, exp: jti not in used and not used.add(jti)}
        exec(lines.replace("https://otp.example.com", url), names)
        number, _, answer = self.approved(purpose="login")
        with self.assertRaises(jwt.InvalidTokenError):
            names["number_proved"](answer["proof"], "reset")
        self.assertEqual(names["number_proved"](answer["proof"], "login"), number)
        for proof in (answer["proof"], self.approved(tenant="other", key=self.world.other_key, purpose="login")[2]["proof"]):
            with self.assertRaises(jwt.InvalidTokenError):
                names["number_proved"](proof, "login")


class the_key_set(Case):
    def test_it_is_open_and_may_be_cached(self):
        a = self.world.verify.call("GET", JWKS)
        self.assertEqual((a.status, a.type, a.headers["Cache-Control"]), (200, "application/json", "public, max-age=300"))
        key, = a.json["keys"]
        self.assertEqual({k: key[k] for k in key if k not in "xy"},
                         {"kty": "EC", "crv": "P-256", "kid": "old", "use": "sig", "alg": "ES256"})
        self.assertEqual((len(key["x"]), len(key["y"])), (43, 43))

    def test_a_rotation_loses_no_proof_that_is_out(self):
        before = self.approved()[2]["proof"]
        rotated = self.another(OTP_PROOF_KEYS=f"new:{self.new}, old:{self.old}")
        after = self.approved(rotated)[2]["proof"]
        both = rotated.call("GET", JWKS).json
        self.assertEqual([key["kid"] for key in both["keys"]], ["new", "old"])
        self.assertEqual(jwt.get_unverified_header(after)["kid"], "new")
        for proof in (before, after):
            verified(proof, both)
        done = self.another(OTP_PROOF_KEYS=f"new:{self.new}").call("GET", JWKS).json
        verified(after, done)
        with self.assertRaises(KeyError):
            verified(before, done)

    def test_a_key_of_the_same_name_verifies_nothing(self):
        proof = self.approved()[2]["proof"]
        other = self.another(OTP_PROOF_KEYS=f"old:{self.new}").call("GET", JWKS).json
        with self.assertRaises(jwt.InvalidSignatureError):
            verified(proof, other)

    def test_without_keys_there_is_no_proof_and_the_set_is_empty(self):
        without = self.another()
        self.assertNotIn("proof", self.approved(without)[2])
        self.assertEqual(without.call("GET", JWKS).text, '{"keys":[]}')

    def test_the_issuer_can_be_named(self):
        named = self.another(OTP_PROOF_KEYS=f"old:{self.old}", OTP_PROOF_ISSUER="https://otp.example.com")
        proof = self.approved(named)[2]["proof"]
        verified(proof, named.call("GET", JWKS).json, issuer="https://otp.example.com")


class a_key_that_is_wrong(Case):
    def test_it_ends_the_start_with_78_and_names_the_id_and_what_would_be_right(self):
        other = new_key_file(self.folder, "p384", "P-384")
        cases = {f"k9:{self.folder}/none.pem": "cannot be read: No such file or directory", f"k9:{other}": "holds a key of another kind"}
        for value, why in cases.items():
            service = Verify(self.world.database, self.world.vhost.url(), wait=False, OTP_PROOF_KEYS=f"old:{self.old},{value}")
            self.addCleanup(service.kill)
            self.assertEqual(service.ended(), 78)
            told = "".join(service.log)
            for word in ("OTP_PROOF_KEYS key k9", why, "expected a P-256 private key in PEM"):
                self.assertIn(word, told)

    def test_a_check_of_the_settings_shows_no_key(self):
        settings = {"OTP_PROOF_KEYS": f"old:{self.old}", "AMQP_URL": "amqp://a:b@127.0.0.1/", "DATABASE_URL": "postgresql://a@127.0.0.1/otp",
                    "OTP_HASH_KEYS": "h1:" + "2b" * 32}
        program = os.path.join(os.environ["OTP_BUILD_DIR"], "bin", "otp-verify")
        done = subprocess.run([program, "--check-config"], env=settings, capture_output=True, text=True, timeout=LIMIT)
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertIn(f"OTP_PROOF_KEYS = old:{self.old}", done.stdout)
        with open(self.old) as file:
            for line in file.read().splitlines():
                self.assertNotIn(line, done.stdout + done.stderr)


if __name__ == "__main__":
    unittest.main()
