#!/usr/bin/python3
"""otpctl dead on a real otp.dead: what each command tells, what it leaves, and what it takes away."""
import json
import os
import stat
import subprocess
import tempfile
import threading
import time
import unittest
import uuid

import pika

from broker import Broker
from jobs import HASH_KEYS, new_number, now
from programs import PATIENCE, ROOT, await_that, environment, program, run_otpctl
from stack import StackTest
from verify_service import Verify

USAGE, UNAVAILABLE, CONFIGURATION = 64, 69, 78
DELIVERY_LIMIT = 50


def start_dead(url, *words, **settings):
    settings.update(AMQP_URL=url)
    return subprocess.Popen([program("otpctl"), "dead", *words], env=environment(settings), cwd=ROOT, stdin=subprocess.DEVNULL,
                            stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)


def run_dead(url, *words, code=0, **settings):
    """What it printed on both streams."""
    process = start_dead(url, *words, **settings)
    out, err = process.communicate(timeout=2 * PATIENCE)
    if process.returncode != code:
        raise AssertionError(f"otpctl dead {words}: {process.returncode}, not {code}: {out} {err}")
    return out, err


def own_headers(properties):
    """Without the broker's count, which reading raises."""
    return {name: value for name, value in (properties.headers or {}).items() if name != "x-delivery-count"}


class Bench:
    """For a class with a `broker`: puts messages on otp.dead and looks at queues."""

    def dead(self, *words, code=0):
        return run_dead(self.broker.url, *words, code=code)[0]

    def listed(self, *words):
        return [json.loads(line) for line in self.dead("list", "--json", *words).splitlines()]

    def bury(self, body, reason, detail="", **properties):
        """As a worker does it."""
        body = json.dumps(body) if isinstance(body, dict) else body
        what = pika.BasicProperties(delivery_mode=2, headers={"x-otp-reason": reason, "x-otp-detail": detail}, **properties)
        self.broker.channel.basic_publish("otp.dead", "dead", body.encode(), what, mandatory=True)

    def bury_many(self, bodies, reason="not_json"):
        """Without awaiting each confirm."""
        with pika.BlockingConnection(pika.URLParameters(self.broker.url)) as connection:
            channel = connection.channel()
            what = pika.BasicProperties(delivery_mode=2, headers={"x-otp-reason": reason})
            before, count = self.broker.depth("otp.dead"), 0
            for body in bodies:
                channel.basic_publish("otp.dead", "dead", body, what)
                count += 1
            await_that(lambda: self.broker.depth("otp.dead") == before + count, f"{count} more on otp.dead")

    def let_die_of_deliveries(self, job):
        """Takes it from otp.send and dies with it, as often as the broker allows."""
        self.broker.publish(job)
        before = self.broker.depth("otp.dead")
        with pika.BlockingConnection(pika.URLParameters(self.broker.url)) as connection:
            for _ in range(DELIVERY_LIMIT + 1):
                channel = connection.channel()
                await_that(lambda: channel.basic_get("otp.send")[0], "the job comes again")
                channel.close()
        await_that(lambda: self.broker.depth("otp.dead") == before + 1, "the broker gives it up")

    def let_expire(self, job):
        before = self.broker.depth("otp.dead")
        self.broker.publish(job, expiration="20")
        await_that(lambda: self.broker.depth("otp.dead") == before + 1, "it expires")

    def empty(self):
        for name in ("otp.dead", "otp.send"):
            self.broker.channel.queue_purge(name)

    def lying(self, name="otp.dead"):
        """What lies there, which is put back nowhere."""
        return [(body, own_headers(properties)) for _, properties, body in self.broker.drain(name)]

    def places(self, name, count):
        """The numbers that so many messages hold; they are taken away."""
        with pika.BlockingConnection(pika.URLParameters(self.broker.url)) as connection:
            channel = connection.channel()
            channel.basic_qos(prefetch_count=1000)
            places = []
            for method, _, body in channel.consume(name, inactivity_timeout=PATIENCE):
                self.assertIsNotNone(method, f"{name} ended after {len(places)}")
                places.append(int(body))
                if len(places) == count or len(places) % 500 == 0:
                    channel.basic_ack(method.delivery_tag, multiple=True)
                if len(places) == count:
                    return places


class Commands(Bench, unittest.TestCase):
    """No worker runs here: what a command puts on otp.send stays there."""

    @classmethod
    def setUpClass(cls):
        cls.broker = Broker()
        cls.addClassCleanup(cls.broker.close)
        run_otpctl(["topology", "apply"], {"AMQP_URL": cls.broker.url})

    def setUp(self):
        self.addCleanup(self.empty)

    def job(self, **fields):
        return {"request_id": str(uuid.uuid4()), "to": new_number(), "requested_at": now(), "tenant": "acme", **fields}

    def test_the_verdicts_of_the_broker_have_reasons_of_their_own(self):
        started = now(-1)
        given_back, expired = self.job(), self.job()
        self.let_die_of_deliveries(given_back)
        self.let_expire(expired)
        self.bury("{", "not_json", "byte 1: a name", timestamp=1700000000)
        self.bury("{", "not_json")
        first, second, third, fourth = self.listed()
        self.assertEqual((first["reason"], second["reason"]), ("over_delivered", "expired_in_queue"))
        self.assertEqual([first["request_id"], second["request_id"]], [given_back["request_id"], expired["request_id"]])
        self.assertIn("given back too often on otp.send", first["detail"])
        self.assertIn("expired on otp.send", second["detail"])
        for letter in first, second:
            self.assertEqual(letter["time_is"], "died")
            self.assertTrue(started[:19] <= letter["time"][:19] <= now(1)[:19], letter)
        self.assertEqual((third["time_is"], third["time"]), ("sent", "2023-11-14T22:13:20.000Z"))
        self.assertEqual((third["reason"], third["detail"], third["size"]), ("not_json", "byte 1: a name", 1))
        self.assertEqual((fourth["time"], fourth["request_id"], fourth["message_id"]), (None, None, None))

    def put_ten(self):
        jobs = [self.job(user=str(n)) for n in range(10)]
        for n, job in enumerate(jobs):
            self.bury(job, "invalid_field" if n % 2 else "unknown_field", "user: expected less", message_id=job["request_id"],
                      timestamp=1700000000 + n)
        return jobs

    def test_looking_leaves_every_message_as_it_was_and_in_its_order(self):
        jobs = self.put_ten()
        for words in (["list"], ["list", "--limit", "3"], ["list", "--reason", "invalid_field", "--limit", "2"],
                      ["show", jobs[4]["request_id"]], ["show", "--reason", "invalid_field", "--body"],
                      ["replay", "--all", "--dry-run"], ["purge", "--all", "--dry-run"],
                      ["purge", "--reason", "unknown_field", "--dry-run"]):
            with self.subTest(words=words):
                self.dead(*words)
                self.assertEqual(self.broker.depth("otp.dead"), 10)
        self.assertEqual(self.broker.depth("otp.send"), 0)
        lying = self.lying()
        self.assertEqual([json.loads(body) for body, _ in lying], jobs)
        for n, (_, headers) in enumerate(lying):
            reason = "invalid_field" if n % 2 else "unknown_field"
            self.assertEqual(headers, {"x-otp-reason": reason, "x-otp-detail": "user: expected less"})

    def test_filters_and_limit_choose_and_the_oldest_come_first(self):
        jobs = self.put_ten()
        at = "2023-11-14T22:13:%02dZ"  # 20 is the first
        for words, places in (([], range(10)), (["--limit", "3"], range(3)), (["--reason", "invalid_field"], range(1, 10, 2)),
                              (["--reason", "invalid_field", "--limit", "2"], (1, 3)), (["--id", jobs[6]["request_id"].upper()], (6, )),
                              (["--before", at % 23], range(3)), (["--after", at % 27], range(7, 10)),
                              (["--after", at % 22, "--before", at % 25, "--reason", "invalid_field"], (3, )),
                              (["--reason", "not_json"], ())):
            with self.subTest(words=words):
                self.assertEqual([letter["request_id"] for letter in self.listed(*words)], [jobs[n]["request_id"] for n in places])

    def test_no_number_is_printed_unless_the_body_is_asked_for(self):
        job = self.job(to="+14155550142", user="+14155550142")
        body = json.dumps(job)
        self.bury(body, "invalid_field", "of +14155550142", message_id=job["request_id"], content_type="application/json")
        lines, shown = self.dead("list"), self.dead("show", job["request_id"])
        for text in lines, shown, self.dead("list", "--json"):
            self.assertNotIn("4155550142", text)
            self.assertIn(job["request_id"], text)
        self.assertIn("+1415****142", shown)
        self.assertIn("acme", shown)
        self.assertTrue(self.dead("show", job["request_id"], "--body").endswith("\n\n" + body + "\n"))

        with tempfile.TemporaryDirectory() as folder:
            path = os.path.join(folder, "body")
            self.assertNotIn("4155550142", self.dead("show", "--id", job["request_id"], "--body", "--out", path))
            self.assertEqual(stat.S_IMODE(os.stat(path).st_mode), 0o600)
            with open(path, encoding="utf-8") as file:
                self.assertEqual(file.read(), body)
            self.dead("show", job["request_id"], "--body", "--out", path, code=USAGE)

    def test_a_job_is_replayed_as_it_was_and_what_was_cut_stays(self):
        job = self.job()
        body = json.dumps(job).encode() + b" \n"
        self.broker.publish(body, {"traceparent": "00-" + "ab" * 16 + "-" + "cd" * 8 + "-01", "mine": 1}, message_id=job["request_id"],
                            content_type="application/json", type="send-otp", app_id="shop", timestamp=1700000000, expiration="20")
        await_that(lambda: self.broker.depth("otp.dead") == 1, "it expires")
        self.bury("x" * 65536, "body_too_large", message_id=str(uuid.uuid4()))
        self.broker.publish("y" * 70000, expiration="20")
        await_that(lambda: self.broker.depth("otp.dead") == 3, "the large one expires")

        told = self.dead("replay", "--all", "--yes")
        self.assertIn("1 replayed\n  1 expired_in_queue\n2 skipped\n", told)
        self.assertEqual(told.count("64 KiB"), 2)
        [(method, properties, again)] = self.broker.drain("otp.send")
        self.assertEqual((method.exchange, method.routing_key, again), ("otp", "send", body))
        self.assertEqual(own_headers(properties), {"traceparent": "00-" + "ab" * 16 + "-" + "cd" * 8 + "-01", "mine": 1})
        kept = {"message_id": job["request_id"], "content_type": "application/json", "type": "send-otp", "app_id": "shop",
                "timestamp": 1700000000, "delivery_mode": 2, "expiration": None}
        self.assertEqual({name: getattr(properties, name) for name in kept}, kept)
        self.assertEqual([len(body) for body, _ in self.lying()], [65536, 70000])

    def test_replay_and_purge_take_what_the_filters_match_and_nothing_else(self):
        jobs = self.put_ten()
        self.assertEqual(self.dead("replay", "--id", jobs[1]["request_id"], "--yes"), "1 replayed\n  1 invalid_field\n")
        self.assertEqual(self.dead("purge", "--reason", "unknown_field", "--yes"), "5 removed\n  5 unknown_field\n")
        self.assertEqual(self.dead("purge", "--reason", "not_json", "--yes"), "0 removed\n")
        self.assertEqual([json.loads(body) for body, _ in self.lying("otp.send")], [jobs[1]])
        self.assertEqual([letter["request_id"] for letter in self.listed()], [jobs[n]["request_id"] for n in (3, 5, 7, 9)])
        self.assertEqual(self.dead("purge", "--all", "--yes"), "4 removed\n  4 invalid_field\n")
        self.assertEqual(self.lying(), [])

    def test_what_is_refused_names_its_fault_and_touches_nothing(self):
        self.bury("{", "not_json")
        for words in ([], ["lst"], ["list", "more"], ["list", "--limit", "0"], ["list", "--id", "42"], ["list", "--before", "noon"],
                      ["list", "--reson", "x"], ["show"], ["show", str(uuid.uuid4())], ["show", "--reason", "not_json", "--out", "f"],
                      ["replay"], ["replay", "--all"], ["replay", "--yes"], ["replay", "--reason", "not_json"],
                      ["replay", "--all", "--reason", "not_json", "--yes"], ["replay", "--all", "--yes", "--dry-run"],
                      ["purge"], ["purge", "--all"], ["purge", "--yes"], ["purge", "--reason", "not_json"]):
            with self.subTest(words=words):
                out, err = run_dead(self.broker.url, *words, code=USAGE)
                self.assertTrue(err or not words, out)
        self.assertEqual(len(self.lying()), 1)

    def test_a_broker_away_and_a_queue_missing_are_told_apart(self):
        run_dead("amqp://127.0.0.1:1", "list", code=UNAVAILABLE, OTP_STARTUP_WAIT_SECONDS="1")
        other = Broker()
        self.addCleanup(other.close)
        _, err = run_dead(other.url, "list", code=CONFIGURATION)
        self.assertIn("otpctl topology apply", err)

    def test_a_replay_that_the_work_queue_does_not_take_keeps_the_message(self):
        self.bury(self.job(), "unknown_template")
        self.broker.channel.queue_unbind("otp.send", "otp", "send")
        self.addCleanup(self.broker.channel.queue_bind, "otp.send", "otp", "send")
        out, _ = run_dead(self.broker.url, "replay", "--all", "--yes", code=UNAVAILABLE)
        self.assertIn("0 replayed\n1 skipped\n", out)
        self.assertIn("no queue is bound to exchange otp by the key send\n", out)
        self.assertEqual(len(self.lying()), 1)

    def test_a_replay_to_a_queue_that_is_gone_names_its_key(self):
        headers = {"x-otp-reason": "wrong_tenant", "x-otp-routing-key": "otp.acme"}
        self.broker.channel.basic_publish("otp.dead", "dead", b"{}", pika.BasicProperties(headers=headers), mandatory=True)
        out, _ = run_dead(self.broker.url, "replay", "--all", "--yes", code=UNAVAILABLE)
        self.assertIn("no queue is bound to exchange otp by the key otp.acme\n", out)
        self.assertEqual(len(self.lying()), 1)

    def test_two_replays_at_once_neither_lose_nor_double_a_message(self):
        self.bury_many(b"%d" % n for n in range(3000))
        replays = [start_dead(self.broker.url, "replay", "--all", "--yes") for _ in range(2)]
        told = [process.communicate(timeout=PATIENCE) for process in replays]
        self.assertEqual([process.returncode for process in replays], [0, 0], told)
        replayed = [int(out.split(" replayed", 1)[0]) for out, _ in told]
        # What one of them gave back late may be left for a third.
        replayed.append(int(self.dead("replay", "--all", "--yes").split(" replayed", 1)[0]))
        self.assertEqual(sum(replayed), 3000, replayed)
        self.assertEqual(self.broker.depth("otp.send"), 3000)
        self.assertEqual(sorted(self.places("otp.send", 3000)), list(range(3000)))
        self.assertEqual(self.lying(), [])

    def test_a_replay_that_is_killed_may_be_run_again(self):
        self.bury_many(b"%d" % n for n in range(6000))
        process = start_dead(self.broker.url, "replay", "--all", "--yes")
        await_that(lambda: self.broker.depth("otp.send") > 500, "a part is replayed", pause=0.001)
        process.kill()
        process.communicate()
        self.assertLess(self.broker.depth("otp.send"), 6000, "it was over before it could be killed")

        def replayed_to_the_end():
            self.dead("replay", "--all", "--yes")
            return self.broker.depth("otp.dead") == 0

        await_that(replayed_to_the_end, "nothing is left on otp.dead")
        again = self.places("otp.send", self.broker.depth("otp.send"))
        self.assertEqual(set(again), set(range(6000)))
        self.assertLessEqual(len(again), 6000 + 512, "more than a page was doubled")

    def peak_of(self, *words):
        """Kilobytes that it had in memory at most, seconds, and lines it printed."""
        started = time.monotonic()
        process = start_dead(self.broker.url, *words, ASAN_OPTIONS="quarantine_size_mb=4:detect_leaks=0")
        lines = []
        reader = threading.Thread(target=lambda: lines.extend(process.stdout))
        reader.start()
        peak = 0
        while process.poll() is None:
            with open(f"/proc/{process.pid}/status", encoding="utf-8") as file:
                peak = max([peak, *(int(line.split()[1]) for line in file if line.startswith("VmHWM"))])
            time.sleep(0.005)
        seconds = time.monotonic() - started
        reader.join()
        _, err = process.communicate()
        self.assertEqual(process.returncode, 0, err)
        return peak, seconds, len(lines)

    def test_a_long_queue_is_read_within_little_memory_and_in_its_order(self):
        few, _, _ = self.peak_of("list")
        count, size = 20_000, 4096  # 80 MB
        self.bury_many((b"%d" % n).ljust(size) for n in range(count))
        for words in (["list", "--limit", "100000"], ["purge", "--reason", "none", "--yes"], ["list", "--reason", "none"]):
            with self.subTest(words=words):
                peak, seconds, lines = self.peak_of(*words)
                print(f"\n{words}: {seconds:.1f} s, {(peak - few) / 1024:.1f} MiB more than an empty queue takes")
                self.assertLess(peak - few, 40 * 1024)
                self.assertLess(seconds, 60)
                if words[0] == "list" and "--limit" in words:
                    self.assertEqual(lines, count)
                self.assertEqual(self.broker.depth("otp.dead"), count)
        self.assertEqual(self.places("otp.dead", count), list(range(count)))


class Replay(Bench, StackTest):
    """With workers, a database and an inbox: what becomes of what is replayed."""

    workers_at_start = 0

    def start_ready_worker(self, **settings):
        worker = self.start_worker(**settings)
        self.addCleanup(worker.end)
        await_that(worker.is_ready, "the worker is ready")
        return worker

    def test_a_job_is_texted_once_however_often_it_dies_and_is_replayed(self):
        dead, expired = self.job(), self.job()
        self.let_die_of_deliveries(dead)
        self.let_expire(expired)
        self.assertIn("2 replayed", self.dead("replay", "--all", "--yes"))
        worker = self.start_ready_worker()
        for job in dead, expired:
            self.await_status(job, "sent")

        # The same jobs die once more after their end: a replay that had been killed before its ack leaves such.
        self.bury(dead, "not_storable", message_id=dead["request_id"], content_type="application/json", type="send-otp")
        late = self.job()
        self.bury(late, "unsupported_version", message_id=late["request_id"], content_type="application/json", type="send-otp")
        self.assertIn("2 replayed", self.dead("replay", "--all", "--yes"))
        self.await_status(late, "sent")
        await_that(lambda: worker.metric("otp_jobs_begun_total", verdict="finished") == 1, "the ended job is known")
        self.await_nothing_left()
        for job in dead, expired, late:
            self.assertEqual(len(self.texts(job["to"])), 1)
        self.assertEqual(self.lying(), [])

    def send_by_http(self, **fields):
        """A send that otp-verify took, as a job."""
        verify = Verify(self.database, self.broker.url, OTP_AUTH="off", OTP_HASH_KEYS=HASH_KEYS)
        self.addCleanup(verify.kill)
        body = {"to": new_number(), "request_id": str(uuid.uuid4()), **fields}
        self.assertEqual(verify.call("POST", "/v1/verifications", body).status, 202)
        return body

    def test_a_refused_job_is_sent_when_its_cause_is_mended_however_it_came(self):
        """Here the cause is that the job's template was not there yet."""
        with tempfile.TemporaryDirectory(prefix="otp-templates-") as folder:
            worker = self.start_ready_worker()
            jobs = [self.send(template="invited"), self.send_by_http(template="invited")]
            await_that(lambda: self.broker.depth("otp.dead") == 2, "they are refused")
            self.assertEqual([letter["reason"] for letter in self.listed()], ["unknown_template"] * 2)
            self.assertEqual(worker.stop(), 0)
            subprocess.run(["cp", "-r", os.path.join(ROOT, "templates") + "/.", folder], check=True)
            os.mkdir(os.path.join(folder, "invited"))
            with open(os.path.join(folder, "invited", "en.txt"), "w", encoding="utf-8") as file:
                file.write("default: yes\n\n{code} is your code.\n")
            self.start_ready_worker(OTP_TEMPLATES=folder)
            self.assertIn("2 replayed\n  2 unknown_template\n", self.dead("replay", "--reason", "unknown_template", "--yes"))
            for job in jobs:
                self.await_status(job, "sent")
                self.assertEqual(len(self.texts(job["to"])), 1)
        self.assertEqual(self.lying(), [])

    def test_a_replay_ends_though_what_it_replays_dies_again(self):
        self.start_ready_worker()
        self.bury_many(b"broken" for _ in range(1200))
        self.assertEqual(self.dead("replay", "--all", "--yes"), "1200 replayed\n  1200 not_json\n")
        await_that(lambda: self.broker.depth("otp.dead") == 1200, "all are refused again")
        self.assertEqual(self.dead("purge", "--all", "--yes"), "1200 removed\n  1200 not_json\n")


if __name__ == "__main__":
    unittest.main()
