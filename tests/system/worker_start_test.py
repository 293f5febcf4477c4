"""How a worker starts on its servers, and how it says what keeps it from starting."""

import unittest
import urllib.parse

from forward import Forward
from programs import await_that, free_port, with_host, with_path
from start_case import CONFIGURATION, UNAVAILABLE, StartTest


class Servers(StartTest):
    def test_it_waits_for_servers_that_are_not_there_yet(self):
        port = free_port()
        worker = self.start(DATABASE_URL=with_host(self.database.worker_url, "127.0.0.1", port))
        worker.await_line("waiting_for_database")
        self.assertFalse(worker.is_ready())
        self.assertEqual(worker.get("/livez")[0], 200)
        with Forward(port, self.database.worker_url):
            await_that(worker.is_ready, "the worker is ready")
            self.assertEqual(worker.stop(), 0)

    def test_it_can_be_stopped_while_it_waits_for_its_servers(self):
        for gone in ({"DATABASE_URL": with_host(self.database.worker_url, "127.0.0.1", free_port())},
                     {"AMQP_URL": with_host(self.broker.url, "127.0.0.1", free_port())}):
            with self.subTest(without=list(gone)):
                worker = self.start(**gone)
                worker.await_line("listening")
                self.assertEqual(worker.stop(), 0)
                worker.await_line("stopped")

    def test_it_ends_where_the_database_does_not_come_in_time(self):
        gone = with_host(self.database.worker_url, "127.0.0.1", free_port())
        code, said = self.fail_to_start(DATABASE_URL=gone, OTP_STARTUP_WAIT_SECONDS="1")
        self.assertEqual(code, UNAVAILABLE)
        self.assertIn("PostgreSQL cannot be reached", said)
        self.assertNotIn(urllib.parse.urlsplit(gone).password, said)

    def test_it_ends_where_the_broker_does_not_come_in_time(self):
        gone = with_host(self.broker.url, "127.0.0.1", free_port())
        code, said = self.fail_to_start(AMQP_URL=gone, OTP_STARTUP_WAIT_SECONDS="1")
        self.assertEqual(code, UNAVAILABLE)
        self.assertIn("RabbitMQ cannot be reached", said)
        self.assertIn("refused", said.lower())
        self.assertNotIn(urllib.parse.urlsplit(gone).password, said)

    def test_a_wrong_password_is_said(self):
        wrong = self.broker.url.replace(urllib.parse.urlsplit(self.broker.url).password, "wrong-one")
        code, said = self.fail_to_start(AMQP_URL=wrong, OTP_STARTUP_WAIT_SECONDS="2")
        self.assertEqual(code, UNAVAILABLE)
        self.assertIn("403", said)
        self.assertNotIn("wrong-one", said)
        wrong = self.database.worker_url.replace(urllib.parse.urlsplit(self.database.worker_url).password, "wrong-one")
        code, said = self.fail_to_start(DATABASE_URL=wrong, OTP_STARTUP_WAIT_SECONDS="1")
        self.assertEqual(code, UNAVAILABLE)
        self.assertIn("password authentication failed", said)
        self.assertNotIn("wrong-one", said)

    def test_an_older_schema_says_what_to_run(self):
        name = self.database.name + "_old"
        self.database.rows(f'create database "{name}"')
        self.addCleanup(self.database.rows, f'drop database "{name}" with (force)')
        empty = urllib.parse.urlsplit(self.database.worker_url)._replace(path="/" + name).geturl()
        code, said = self.fail_to_start(DATABASE_URL=empty, OTP_STARTUP_WAIT_SECONDS="5")
        self.assertEqual(code, CONFIGURATION)
        self.assertIn("otpctl migrate", said)

    def test_the_role_of_another_program_is_bad_configuration(self):
        role = "options=" + urllib.parse.quote("-c role=otp_verify")
        other = urllib.parse.urlsplit(self.database.url)._replace(query=role).geturl()
        code, said = self.fail_to_start(DATABASE_URL=other)
        self.assertEqual(code, CONFIGURATION)
        self.assertIn("DATABASE_URL logs in as role otp_verify, which may not execute otp.begin_sends: set it to that of role otp_worker", said)

    def test_a_database_that_does_not_exist_is_said(self):
        code, said = self.fail_to_start(DATABASE_URL=with_path(self.database.worker_url, "nowhere"), OTP_STARTUP_WAIT_SECONDS="1")
        self.assertEqual(code, UNAVAILABLE)
        self.assertRegex(said, 'database .*nowhere.* does not exist')

    def test_a_queue_with_other_arguments_ends_it_and_the_argument_is_named(self):
        arguments = {"x-queue-type": "quorum", "x-max-length": 5}
        self.broker.channel.queue_declare("otp.other", durable=True, arguments=arguments)
        code, said = self.fail_to_start(OTP_QUEUE="otp.other")
        self.assertEqual(code, CONFIGURATION)
        self.assertIn("otp.other", said)
        self.assertRegex(said, "inequivalent arg 'x-[a-z-]+'")


if __name__ == "__main__":
    unittest.main()
