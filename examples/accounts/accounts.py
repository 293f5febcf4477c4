"""Accounts and used proofs, in SQLite. A proof is used in the commit that acts on it, so it never acts twice."""

import contextlib
import sqlite3
import time

TABLES = """
    create table if not exists account (number text primary key, password_hash blob not null);
    create table if not exists used_proof (jti text primary key, until integer not null);
"""
USED = "This proof was used before. Start once more."


class Accounts:
    def __init__(self, path):
        self.path = path
        with self.opened() as db:
            db.executescript(TABLES)

    @contextlib.contextmanager
    def opened(self):
        """A connection, and a commit at its end."""
        with contextlib.closing(sqlite3.connect(self.path, timeout=10)) as db, db:
            yield db

    def password_hash(self, number):
        with self.opened() as db:
            row = db.execute("select password_hash from account where number = ?", (number,)).fetchone()
        return row and row[0]

    def has(self, number):
        return self.password_hash(number) is not None

    def register(self, claims, password_hash):
        """None, or why not."""
        with self.opened() as db:
            if not self.use(db, claims):
                return USED
            row = (claims["sub"], password_hash)
            if db.execute("insert or ignore into account values (?, ?)", row).rowcount == 0:
                return "This number has an account. Log in, or set a new password."
        return None

    def reset(self, claims, password_hash):
        """None, or why not."""
        with self.opened() as db:
            if not self.use(db, claims):
                return USED
            row = (password_hash, claims["sub"])
            if db.execute("update account set password_hash = ? where number = ?", row).rowcount == 0:
                return "This number has no account. Register first."
        return None

    def log_in(self, claims):
        with self.opened() as db:
            return self.use(db, claims)

    @staticmethod
    def use(db, claims):
        """False the second time."""
        db.execute("delete from used_proof where until < ?", (time.time() - 60,))
        row = (claims["jti"], claims["exp"])
        return db.execute("insert or ignore into used_proof values (?, ?)", row).rowcount == 1
