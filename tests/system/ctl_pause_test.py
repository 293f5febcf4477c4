#!/usr/bin/python3
"""otpctl pause, resume and breaker: what they stop, in all workers within 2 s, and that nothing is lost or sent twice by it."""
import json
import time
import unittest

from ctl_case import UNAVAILABLE, USAGE, json_lines, otpctl
from programs import await_that
from stack import StackTest

WITHIN = 2.0
EVEN_ON_A_BUSY_MACHINE = 10.0


class Pauses(StackTest):
    workers_at_start = 2

    def setUp(self):
        self.admin = {"DATABASE_URL": self.database.url, "AMQP_URL": self.broker.url}
        self.addCleanup(self.all_in_use)

    def ctl(self, *words, code=0):
        return otpctl(words, self.admin, code)[code != 0]

    def all_in_use(self):
        self.database.rows("update otp.pause set ended_at = now() where ended_at is null")
        await_that(lambda: all("paused" not in self.readiness(w) and w.is_ready() for w in self.workers), "all workers work")

    def readiness(self, worker):
        return json.loads(worker.get("/readyz")[1])

    def await_all(self, condition, what):
        """All workers, within the time that is promised."""
        begun = time.monotonic()
        await_that(lambda: all(condition(w) for w in self.workers), what, limit=EVEN_ON_A_BUSY_MACHINE)
        self.assertLess(time.monotonic() - begun, WITHIN, what)

    def paused(self, worker):
        return [(p["kind"], p["name"], p["reason"]) for p in self.readiness(worker).get("paused", [])]

    def consumers(self):
        """The names of the connections that workers consume by, as the broker knows them."""
        connections = self.broker.manage("GET", f"/vhosts/{self.broker.name}/connections")
        return {one["name"] for one in connections if "otp-worker consume" in json.dumps(one.get("client_properties", {}))}

    def by(self, job):
        self.await_status(job, "sent", "delivered")
        return [t["provider"] for t in self.texts(job["to"])]

    def test_jobs_go_by_another_provider_and_back(self):
        self.assertEqual(self.by(self.send()), ["twilio"])
        self.assertIn("provider twilio is paused", self.ctl("pause", "provider", "twilio", "--reason", "their status page"))
        self.await_all(lambda w: self.paused(w) == [("provider", "twilio", "their status page")], "all workers say so")
        self.assertTrue(all(w.is_ready() for w in self.workers), "they consume all the same")
        self.assertEqual({self.by(self.send())[0] for _ in range(8)}, {"gupshup"})
        self.assertIn("provider twilio is in use again", self.ctl("resume", "provider", "twilio"))
        self.await_all(lambda w: not self.paused(w), "all workers know")
        self.assertEqual({self.by(self.send())[0] for _ in range(4)}, {"twilio"})

    def test_a_job_waits_where_nobody_may_send_it_and_goes_when_somebody_may(self):
        self.ctl("pause", "channel", "sms")
        self.await_all(self.paused, "all workers know")
        job = self.send()
        await_that(lambda: any(w.metric("otp_jobs_put_back_total") for w in self.workers), "it is put back")
        time.sleep(1)  # nothing is awaited: nothing must come
        self.assertEqual(self.texts(job["to"]), [])
        self.ctl("resume", "channel", "sms")
        self.assertEqual(self.by(job), ["twilio"])

    def test_a_breaker_opened_by_hand_stops_one_lane_only(self):
        self.ctl("breaker", "open", "twilio", "sms", "--reason", "bad routes")
        self.await_all(lambda w: self.paused(w) == [("lane", "twilio/sms", "bad routes")], "all workers know")
        self.assertEqual(self.by(self.send()), ["gupshup"])
        self.assertEqual(self.by(self.send(channel="whatsapp")), ["twilio"])
        [listed] = [one for one in json_lines(self.ctl("breaker", "list", "--json")) if (one["provider"], one["channel"]) == ("twilio", "sms")]
        [pause] = json_lines(self.ctl("pause", "list", "--json"))
        self.assertEqual(listed["opened_by"], pause["by_whom"])
        self.assertIn(f"twilio sms\topen by {pause['by_whom']}", self.ctl("breaker", "list"))
        self.ctl("breaker", "close", "twilio", "sms")
        self.await_all(lambda w: not self.paused(w), "all workers know")
        self.assertEqual(self.by(self.send()), ["twilio"])

    def test_a_worker_that_could_not_be_asked_is_said_after_what_is_known_and_ends_the_list_with_69(self):
        words = ["breaker", "list", "--json", "--workers", self.workers[0].url + ",127.0.0.1:1"]
        out, err = otpctl(words, self.admin, UNAVAILABLE)
        self.assertIn(("twilio", "sms"), [(one["provider"], one["channel"]) for one in json_lines(out)])
        self.assertIn("otpctl: http://127.0.0.1:1: ", err)

    def test_a_paused_queue_keeps_its_jobs_and_workers_are_not_ready(self):
        self.ctl("pause", "queue", "--reason", "migration")
        self.await_all(lambda w: not w.is_ready(), "no worker is ready")
        for worker in self.workers:
            checks = self.readiness(worker)["checks"]
            self.assertEqual(checks["consumer"], {"ok": False, "detail": "queue otp.send is paused: migration"})
            self.assertTrue(checks["database"]["ok"] and checks["provider"]["ok"])
        job = self.send()
        time.sleep(1)  # nothing is awaited: nobody must take it
        self.assertEqual((self.broker.depth("otp.send"), self.texts(job["to"])), (1, []))
        self.ctl("resume", "queue", "otp.send")
        self.await_all(lambda w: w.is_ready(), "all workers consume")
        self.assertEqual(self.by(job), ["twilio"])

    def test_a_worker_that_starts_or_comes_back_to_the_broker_stays_paused(self):
        self.ctl("pause", "queue")
        self.await_all(lambda w: not w.is_ready(), "no worker is ready")
        late = self.start_worker()
        await_that(lambda: "paused" in late.get("/readyz")[1], "it knows")
        before = await_that(lambda: (lambda names: names if len(names) == 3 else None)(self.consumers()), "each of the three is connected")
        for name in before:
            self.broker.manage("DELETE", "/connections/" + name.replace(" ", "%20").replace(">", "%3E"))
        job = self.send()
        await_that(lambda: len(self.consumers() - before) == 3, "all connect anew")
        time.sleep(1)  # nothing is awaited: nobody must take it
        self.assertEqual(self.broker.depth("otp.send"), 1)
        self.ctl("resume", "queue")
        await_that(lambda: all(w.is_ready() for w in [*self.workers, late]), "all consume")
        self.assertEqual(self.by(job), ["twilio"])
        self.assertEqual(late.stop(), 0)

    def test_a_worker_that_starts_takes_nothing_from_a_paused_queue(self):
        self.ctl("pause", "queue")
        self.await_all(lambda w: not w.is_ready(), "no worker is ready")
        jobs = [self.send() for _ in range(20)]
        await_that(lambda: self.broker.depth("otp.send") == len(jobs), "they lie on the queue")
        late = self.start_worker()
        await_that(lambda: self.paused(late), "it knows")
        time.sleep(1)  # nothing is awaited: it must not take any
        self.assertEqual(late.metric("otp_jobs_taken_total"), 0)
        self.assertEqual(self.broker.depth("otp.send"), len(jobs))
        self.assertEqual([self.database.delivery(job["request_id"]) for job in jobs], [None] * len(jobs))
        self.ctl("resume", "queue")
        for job in jobs:
            self.assertEqual(self.by(job), ["twilio"])
        self.assertEqual(late.stop(), 0)

    def test_what_is_paused_is_listed_until_it_is_resumed(self):
        self.assertEqual(self.ctl("pause", "list"), "nothing is paused\n")
        self.ctl("pause", "provider", "gupshup", "--reason", "review")
        self.assertIn("was paused already", self.ctl("pause", "provider", "gupshup", "--reason", "another"))
        [one] = json_lines(self.ctl("pause", "list", "--json"))
        self.assertEqual((one["kind"], one["name"], one["reason"]), ("provider", "gupshup", "review"))
        self.assertRegex(one["by_whom"], ".+@.+")
        self.assertEqual(json.loads(self.ctl("resume", "provider", "gupshup", "--json")),
                         {"kind": "provider", "name": "gupshup", "paused": False, "changed": True})
        self.assertIn("was not paused", self.ctl("resume", "provider", "gupshup"))

    def test_what_does_not_exist_cannot_be_paused(self):
        for words in (["provider", "twillio"], ["channel", "pigeon"], ["provider"], ["planet", "mars"], []):
            self.assertIn("nearest" if len(words) == 2 else "", self.ctl("pause", *words, code=USAGE))
        for name in ("", "otp.dead", "otp.retry.250", "amq.gen", "send", "q" * 256):
            for verb in ("pause", "resume"):
                self.assertIn("cannot be a queue of jobs", self.ctl(verb, "queue", name, code=USAGE))
        self.assertIn("nearest known one is sms", self.ctl("breaker", "open", "twilio", "sns", code=USAGE))


class Breakers(StackTest):
    def test_a_breaker_that_a_worker_opened_is_seen_there(self):
        job = self.send("+19705550103")    # Twilio says that it refuses our account
        self.assertEqual(self.await_status(job, "sent", "delivered")["provider"], "gupshup")
        await_that(lambda: self.worker.metric("otp_breaker_open", provider="twilio", channel="sms") == 1, "its breaker opens")
        admin = {"DATABASE_URL": self.database.url}
        listed, _ = otpctl(["breaker", "list", "--json", "--workers", self.worker.url], admin)
        open_at = {(one["provider"], one["channel"]): one["workers_with_open_breaker"] for one in json_lines(listed)}
        self.assertEqual((open_at[("twilio", "sms")], open_at[("gupshup", "sms")]), (1, 0))


class UnderLoad(StackTest):
    settings = {"OTP_CONCURRENCY": "5"}
    sandbox_settings = {"SANDBOX_LATENCY_MS": "500"}    # so that 20 go out in a second
    workers_at_start = 2

    def test_a_paused_queue_is_quiet_within_seconds_and_nothing_is_lost_or_repeated(self):
        admin = {"DATABASE_URL": self.database.url}
        jobs = [self.send() for _ in range(400)]
        await_that(lambda: self.sandbox.inbox(limit=1), "the first texts")
        otpctl(["pause", "queue"], admin)
        time.sleep(WITHIN + 1)  # and what was under way by then ends
        sent = len(self.sandbox.inbox(limit=1000))
        self.assertLess(sent, len(jobs), "the test is too slow: all went out before the pause")
        time.sleep(2)  # nothing is awaited: nothing must come
        self.assertEqual(len(self.sandbox.inbox(limit=1000)), sent)
        otpctl(["resume", "queue"], admin)
        for job in jobs:
            self.await_status(job, "sent", "delivered")
        self.assertEqual(sorted(t["to"] for t in self.sandbox.inbox(limit=1000)), sorted(j["to"] for j in jobs))
        self.await_nothing_left()


if __name__ == "__main__":
    unittest.main()
