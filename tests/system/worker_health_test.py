"""What a worker says of its own health by HTTP: alive, ready, and why it is not."""

import json
import unittest

import psycopg2

from programs import await_that
from stack import StackTest

ACCOUNT_REFUSED = "+19705550103"  # the sandbox's Twilio refuses the account

class Health(StackTest):
    settings = {"OTP_CONCURRENCY": "1"}

    def checks(self):
        status, text = self.worker.get("/readyz")
        return status, json.loads(text)["checks"]

    def test_a_worker_answers_by_http(self):
        self.assertEqual(self.worker.get("/livez")[0], 200)
        status, checks = self.checks()
        self.assertEqual(status, 200)
        self.assertEqual(set(checks), {"consumer", "database", "provider", "queue"})
        self.await_status(self.send(), "sent")
        text = self.worker.get("/metrics")[1]
        self.assertIn("# TYPE otp_", text)
        for line in text.splitlines():
            self.assertTrue(line.startswith(("#", "otp_")), line)
            self.assertNotRegex(line, r"\d{10}|[0-9a-f]{8}-[0-9a-f]{4}")
        self.assertEqual(self.worker.metric("otp_attempts_total", provider="twilio", end="accepted"), 1)
        self.assertEqual(self.worker.get("/nowhere")[0], 404)

    def test_it_is_not_ready_while_its_queue_is_gone_and_ready_again_after(self):
        arguments = {"x-queue-type": "classic"}
        # While a queue of that name with other arguments stands there it cannot be declared anew.
        self.broker.channel.queue_delete("otp.send")
        self.broker.channel.queue_declare("otp.send", durable=True, arguments=arguments)
        self.worker.await_line("not_consuming")

        def refused():
            status, checks = self.checks()
            return status == 503 and not checks["consumer"]["ok"] and "406" in checks["consumer"]["detail"]

        await_that(refused, "not ready, and the argument is named")
        self.assertEqual(self.worker.get("/livez")[0], 200)
        self.broker.channel.queue_delete("otp.send")
        await_that(self.worker.is_ready, "ready again")
        self.await_status(self.send(), "sent")

    def await_database_fault(self, words):
        def refused():
            status, checks = self.checks()
            return status == 503 and not checks["database"]["ok"] and words in checks["database"]["detail"]

        await_that(refused, "not ready, and the reason is told", pause=0.2)
        self.assertEqual(self.worker.get("/livez")[0], 200)

    def test_it_is_not_ready_while_the_database_takes_no_writes_and_ready_again_after(self):
        change = f'alter database "{self.database.name}" set default_transaction_read_only = '
        self.database.rows(change + "on")
        self.addCleanup(self.database.rows, change + "off")
        self.database.rows("select pg_terminate_backend(pid) from pg_stat_activity "
                           "where datname = current_database() and application_name like 'otp-worker%'")
        self.await_database_fault("takes no writes")
        self.database.rows(change + "off")
        await_that(self.worker.is_ready, "ready again, with new sessions")
        self.await_status(self.send(), "sent")

    def test_it_is_not_ready_while_a_statement_of_a_job_has_no_answer(self):
        holder = psycopg2.connect(self.database.url)
        self.addCleanup(holder.close)
        with holder.cursor() as cursor:
            cursor.execute("lock table otp.send_budget in access exclusive mode")
        job = self.send()
        self.await_database_fault("waited for its answer")
        holder.rollback()
        self.await_status(job, "sent")
        await_that(self.worker.is_ready, "ready again")

    def test_it_is_not_ready_while_messages_wait_and_none_is_taken(self):
        holder = psycopg2.connect(self.database.url)
        with holder.cursor() as cursor:
            cursor.execute("lock table otp.send_budget in access exclusive mode")
            jobs = [self.send() for _ in range(6)]

            def stalled():
                status, checks = self.checks()
                return status == 503 and not checks["queue"]["ok"] and checks["consumer"]["ok"]

            await_that(stalled, "not ready, because messages wait", pause=0.2)
            self.assertEqual(self.worker.get("/livez")[0], 200)
        holder.rollback()
        holder.close()
        for job in jobs:
            self.await_status(job, "sent")
        await_that(self.worker.is_ready, "ready again")


class HealthOfOneProvider(StackTest):
    settings = {name: None for name in (
        "TWILIO_WHATSAPP_NUMBER", "TWILIO_CONTENT_SID", "GUPSHUP_API_KEY", "GUPSHUP_SOURCE", "GUPSHUP_SRC_NAME", "GUPSHUP_TEMPLATE_ID",
        "GUPSHUP_API_URL", "GUPSHUP_SMS_USERID", "GUPSHUP_SMS_PASSWORD", "GUPSHUP_SMS_MASK", "GUPSHUP_SMS_ENTITY_ID",
        "GUPSHUP_SMS_TEMPLATE_ID", "GUPSHUP_SMS_API_URL")}

    def test_a_worker_is_not_ready_while_the_breaker_of_its_only_provider_is_open(self):
        self.await_status(self.send(ACCOUNT_REFUSED), "failed")
        status, text = self.worker.get("/readyz")
        checks = json.loads(text)["checks"]
        self.assertEqual(status, 503)
        self.assertEqual({name for name, check in checks.items() if not check["ok"]}, {"provider"})
        self.assertEqual(self.worker.get("/livez")[0], 200)


if __name__ == "__main__":
    unittest.main()
