#!/usr/bin/python3
"""API keys: found by their hash, rotated, listed and revoked."""
import hashlib
import unittest

from store_case import StoreTest
from store_database import new_id


def new_hash():
    return hashlib.sha256(new_id().encode()).digest()


class keys(StoreTest):
    def test_a_key_is_found_by_its_hash_until_it_is_revoked(self):
        hash = new_hash()
        self.assertTrue(self.db.one("select otp.create_api_key(%s, 'acme', '{send,check}')", hash))
        self.assertFalse(self.db.one("select otp.create_api_key(%s, 'other', '{}')", hash))
        self.assertEqual(self.db.rows("select * from otp.find_api_key(%s)", hash), [("acme", ["send", "check"])])
        self.assertTrue(self.db.one("select otp.revoke_api_key(%s)", hash))
        self.assertFalse(self.db.one("select otp.revoke_api_key(%s)", hash))
        self.assertEqual(self.db.rows("select * from otp.find_api_key(%s)", hash), [])

    def test_a_rotated_key_ends_after_its_grace_and_the_new_one_may_do_the_same(self):
        old, new = new_hash(), new_hash()
        self.db.one("select otp.create_api_key(%s, 'acme', '{send,check}')", old)
        id = self.db.one("select otp.api_key_id(%s)", old)
        self.assertEqual(self.db.rows("select tenant, scopes from otp.rotate_api_key(%s, %s, '1 h')", id, new), [("acme", ["send", "check"])])
        for hash in (old, new):
            self.assertEqual(self.db.rows("select * from otp.find_api_key(%s)", hash), [("acme", ["send", "check"])])
        self.db.rows("update otp.api_key set revoked_at = revoked_at - interval '1 h' where hash = %s", old)
        self.assertEqual(self.db.rows("select * from otp.find_api_key(%s)", old), [])
        self.assertEqual(self.db.rows("select * from otp.rotate_api_key(%s, %s, '1 h')", id, new_hash()), [])

    def test_a_second_rotation_does_not_prolong_the_first_key(self):
        old = new_hash()
        self.db.one("select otp.create_api_key(%s, 'acme', '{}')", old)
        id = self.db.one("select otp.api_key_id(%s)", old)
        ends = [self.db.one("select ends_at from otp.rotate_api_key(%s, %s, %s::interval)", id, new_hash(), grace) for grace in ("1 h", "9 h")]
        self.assertEqual(ends[0], ends[1])

    def test_keys_are_listed_without_what_they_could_be_found_by_and_revoked_by_id(self):
        tenant, hash = "list" + new_id(), new_hash()
        self.db.one("select otp.create_api_key(%s, %s, '{read}')", hash, tenant)
        self.db.rows("select * from otp.find_api_key(%s)", hash)
        (key,) = self.db.call("select * from otp.list_api_keys(%s)", tenant)
        self.assertEqual((key.tenant, key.scopes, key.revoked_at), (tenant, ["read"], None))
        self.assertIsNotNone(key.last_used_at)
        self.assertEqual(len(key.id), 12)
        self.assertEqual(self.db.one("select otp.revoke_api_key_id(%s)", key.id), 1)
        self.assertEqual(self.db.one("select otp.revoke_api_key_id(%s)", key.id), 0)
        self.assertEqual(self.db.rows("select * from otp.find_api_key(%s)", hash), [])
        self.assertEqual(self.db.call("select * from otp.list_api_keys(%s)", "nobody"), [])


if __name__ == "__main__":
    unittest.main()
