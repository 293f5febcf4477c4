"""What the tests of the store share: one database for each file, and a session of its own for each test."""
import unittest

from store_database import Database, Job


class StoreTest(unittest.TestCase):
    """`database` is made for the file's first test and dropped behind its last; `db` is a session of it."""

    database = None

    @classmethod
    def setUpClass(cls):
        if StoreTest.database is None:
            StoreTest.database = Database("store_test")
            unittest.addModuleCleanup(cls.drop)

    @staticmethod
    def drop():
        StoreTest.database.drop()
        StoreTest.database = None

    def setUp(self):
        self.db = self.session()

    def session(self):
        session = self.database.session()
        self.addCleanup(session.close)
        return session

    def known(self, number=None):
        """A job that a pending verification is waiting for."""
        job, answer = self.db.send(number)
        self.assertEqual(answer.verdict, "send")
        self.db.pass_time(job.number, 31)
        return Job(job.number)
