#!/usr/bin/python3
"""No code is ever at rest, and a full phone number only where it is meant to be.

Two runs of jobs with codes of ten digits, over HTTPS and over HTTP; then everything that was written anywhere is read: database, broker,
logs, metrics, events, and the memory of otp-worker and otp-verify once they are idle. Wherever it can be, a code is planted first, and
has to be the only one that is found.
"""
import concurrent.futures
import os
import secrets
import subprocess
import unittest

import pika
import psycopg2

from leak_run import RETRIES, Run, environment
from leak_scan import Search

SERVER_LOGS = ("postgres", "rabbitmq")
# Where full numbers are meant to be: who is verified, and the job itself where a later send is built from it.
NUMBER_COLUMNS = {("verification", "number"), ("delivery", "number"), ("send_budget", "subject"), ("check_budget", "number")}
ALLOWED_COLUMNS = NUMBER_COLUMNS | {("delivery", "job")}


def log_path(server):
    return os.path.join(environment("DEVSTACK_LOG_DIR"), server + ".log")


def made(secure, first):
    run = Run(secure, first)
    try:
        run.send_all_kinds()
        run.send_over_http()
        run.send_again_and_again()
        run.fail_in_the_database()
        run.await_end(run.plain)
        run.check_codes()
        run.await_idle()
        return run
    except BaseException:
        run.close()
        raise


def planted_code():
    return "%010d" % secrets.randbelow(10**10)


class Case(unittest.TestCase):
    longMessage = True

    def assertFound(self, found, expected=frozenset()):
        self.assertEqual(found, set(expected))


class after_a_run(Case):
    @classmethod
    def setUpClass(cls):
        cls.log_begins = {server: os.path.getsize(log_path(server)) for server in SERVER_LOGS}
        with concurrent.futures.ThreadPoolExecutor() as pool:
            under_way = [pool.submit(made, secure, first) for secure, first in ((True, "twilio"), (False, "gupshup"))]
        for one in under_way:
            if not one.exception():
                cls.addClassCleanup(one.result().close)
        cls.runs = [one.result() for one in under_way]
        cls.planted = planted_code()
        cls.planted_number = "1650" + cls.planted[3:]
        codes = set().union(*(run.codes() for run in cls.runs))
        numbers = set().union(*(run.numbers() for run in cls.runs))
        cls.codes, cls.numbers = Search(codes | {cls.planted}), Search(numbers | {cls.planted_number})

    def programs(self):
        return [(run, program) for run in self.runs for program in (run.worker, run.verify)]

    def check_text(self, text, codes=(), numbers=()):
        self.assertFound(self.codes.in_text(text), codes)
        self.assertFound(self.numbers.in_text(text), numbers)

    def test_every_way_a_job_can_end_was_met(self):
        for run in self.runs:
            statuses = {row[0] for row in run.db.rows("select status from otp.delivery")}
            self.assertLessEqual({"sent", "failed", "expired", "rejected"}, statuses)
            attempts = set(run.db.rows("select provider, channel, state from otp.delivery_attempt"))
            lanes = {(provider, channel) for provider in ("twilio", "gupshup") for channel in ("sms", "whatsapp")}
            taken = {(provider, channel) for provider, channel, end in attempts if end in ("accepted", "delivered", "undelivered")}
            self.assertLessEqual(lanes, taken)
            self.assertIn(("twilio", "sms", "delivered"), attempts, "by a receipt")
            self.assertLessEqual({"refused", "not_sent", "in_doubt"}, {state for _, _, state in attempts})
            self.assertEqual({status for right, status, _ in run.checked if right}, {200}, run.checked)
            self.assertLessEqual({200, 400}, {status for right, status, _ in run.checked if not right}, run.checked)
            texted = {entry["text"] for entry in run.sandbox.inbox()}
            self.assertGreater(len(Search(run.codes()).in_text("\n".join(texted))), 20, "codes in the sandbox's inbox")

    def test_no_code_is_in_the_memory_of_worker_and_verify(self):
        for run, program in self.programs():
            found = self.codes.in_memory(program.process.pid)
            where = [place for word in found for place in self.codes.places_in_memory(program.process.pid, word)]
            self.assertEqual(found, set(), f"{program.program}: {where}")

    def test_the_search_of_memory_finds_what_the_sandbox_keeps(self):
        for run in self.runs:
            shown = self.codes.in_text("\n".join(entry["text"] for entry in run.sandbox.inbox()))
            self.assertLessEqual(shown, self.codes.in_memory(run.sandbox.process.pid))

    def test_no_core_is_ever_written(self):
        for _, program in self.programs():
            with open(f"/proc/{program.process.pid}/limits", encoding="ascii") as limits:
                core = next(line for line in limits if line.startswith("Max core file size"))
            self.assertEqual(core.split()[4:6], ["0", "0"], program.program)

    def test_no_code_is_in_the_database(self):
        for run in self.runs:
            run.db.rows("create table public.planted as select %s::text as code", self.planted)
            dump = subprocess.run(["pg_dump", "--dbname", role_of_tests(run)], stdout=subprocess.PIPE, check=True).stdout
            self.assertIn(b"otp.delivery_attempt", dump)
            self.assertFound(self.codes.in_text(dump), [self.planted])

    def test_no_code_is_in_the_files_of_the_database(self):
        for run in self.runs:
            run.db.rows("create table public.planted_too as select %s::text as code", self.planted)
        self.runs[0].db.rows("checkpoint")
        found, where = self.codes.in_files(environment("POSTGRES_DATA_DIR"))
        self.assertEqual(found, {self.planted}, where)

    def test_full_numbers_are_in_no_other_columns(self):
        for run in self.runs:
            columns = run.db.rows("select table_schema, table_name, column_name, data_type from information_schema.columns "
                                  "where table_schema in ('otp', 'audit')")
            found = set()
            for schema, table, column, kind in columns:
                value = f"encode(\"{column}\", 'escape')" if kind == "bytea" else f'"{column}"::text'
                if run.db.one(f"select exists (select from {schema}.{table}, unnest(%s) as sought where strpos({value}, sought) > 0)",
                              list(run.numbers())):
                    found.add((table if schema == "otp" else "audit." + table, column))
            self.assertLessEqual(found, ALLOWED_COLUMNS)
            self.assertLessEqual({("verification", "number"), ("delivery", "number")}, found)

    def test_no_code_is_in_the_broker(self):
        for run in self.runs:
            run.channel.queue_declare("planted", durable=True, arguments={"x-queue-type": "quorum"})
            run.channel.basic_publish("", "planted", self.planted, pika.BasicProperties(delivery_mode=2))
            for queue in ["otp.send", "otp.dead", *(f"otp.retry.{pause}" for pause in RETRIES), "planted"]:
                for properties, body in run.vhost.messages(queue):
                    self.assertFound(self.codes.in_text(body), [self.planted] if queue == "planted" else [])
                    self.check_text(repr(properties))
        found, where = self.codes.in_files(environment("RABBITMQ_DATA_DIR"))
        self.assertEqual(found, {self.planted}, where)

    def test_events_hold_neither_codes_nor_numbers(self):
        for run in self.runs:
            text = self.planted + " " + self.planted_number
            run.channel.basic_publish("otp.events", "delivery.planted", text)
            told = []
            while (message := run.channel.basic_get(run.events, auto_ack=True))[0]:
                told.append(repr(message))
            self.assertGreater(len(told), 20)
            self.check_text("\n".join(told), [self.planted], [self.planted_number])

    def test_the_programs_log_neither_codes_nor_numbers(self):
        for run in self.runs:
            log = "".join(run.worker.log)
            for job in run.plain:
                self.assertIn(job["request_id"], log)
            self.check_text(log)
            self.check_text("".join(run.verify.log))

    def test_the_servers_log_neither_codes_nor_numbers(self):
        with self.assertRaises(psycopg2.errors.UndefinedTable):
            self.runs[0].db.rows(f"select '{self.planted} {self.planted_number}' from no_such_table")
        texts = {server: self.log_of(server) for server in SERVER_LOGS}
        self.assertIn("no_such_number", texts["postgres"], "the statement that failed over a row with a number")
        self.assertIn(self.runs[0].vhost.name, texts["rabbitmq"])
        self.check_text(texts["postgres"], [self.planted], [self.planted_number])
        self.check_text(texts["rabbitmq"])

    def log_of(self, server):
        with open(log_path(server), encoding="utf-8", errors="replace") as log:
            log.seek(self.log_begins[server])
            return log.read()

    def test_metrics_and_health_hold_neither_codes_nor_numbers(self):
        for run, program in self.programs():
            metrics = program.call("GET", "/metrics").text
            self.assertIn("otp_", metrics)
            self.check_text(metrics + program.call("GET", "/readyz").text)


class with_the_wiping_taken_out(Case):
    def test_codes_are_found_in_the_memory_of_worker_and_verify(self):
        library = os.path.join(environment("OTP_BUILD_DIR"), "tests", "no_wiping.so")
        self.assertTrue(os.path.isfile(library), library + " is missing: build the target no_wiping")
        # A sanitizer wants to be loaded first.
        options = os.environ.get("ASAN_OPTIONS", "") + ":verify_asan_link_order=0"
        run = Run(True, "twilio", LD_PRELOAD=library, ASAN_OPTIONS=options)
        self.addCleanup(run.close)
        run.send_texts()
        run.check_codes()
        for program in (run.worker, run.verify):
            self.assertGreater(len(Search(run.codes()).in_memory(program.process.pid)), 0, program.program)


def role_of_tests(run):
    return environment("DATABASE_URL").rpartition("/")[0] + "/" + run.database.name


if __name__ == "__main__":
    unittest.main()
