"""One run of otp-worker, otp-verify and otp-sandbox with codes of ten digits, over servers shared by nobody else in it: database and
virtual host are its own. It sends every kind of job there is, checks codes, and keeps what was said on the way."""
import datetime
import importlib.machinery
import importlib.util
import json
import os
import random
import re
import secrets
import subprocess
import tempfile
import time
import urllib.parse
import uuid

import pika

import sandbox_fixture
from programs import free_port
from verify_service import ROOT, Database, Verify, Vhost, environment, new_id

CODE_KEY = secrets.token_bytes(32)
PATIENCE = 50      # seconds; a call that gets no answer takes ten
TENANT = "acme"
FIRST_NUMBER = random.randrange(10**4)
RETRIES = (250, 500, 1000, 2000, 4000, 8000)
_numbers = iter(range(10**4))
# What becomes of texts to the sandbox's magic numbers, docs/sandbox.md. Not so many that a breaker opens.
ALL_FAIL, TWILIO, GUPSHUP_WHATSAPP, GUPSHUP_SMS = "+1973555", "+1970555", "+1971555", "+1972555"
REFUSED, MESSAGE_FAULT, WRONG_CHANNEL, SLOW_DOWN, SERVER_ERROR = "0101", "0104", "0105", "0106", "0107"
SILENCE, CLOSED, HALF_AN_ANSWER, ERROR_THOUGH_ACCEPTED = "0110", "0112", "0113", "0114"
FAILOVERS = (MESSAGE_FAULT, SLOW_DOWN, SERVER_ERROR, SILENCE, CLOSED, HALF_AN_ANSWER, ERROR_THOUGH_ACCEPTED)


def load_derivation():
    path = os.path.join(ROOT, "scripts", "otp-vectors")
    loader = importlib.machinery.SourceFileLoader("otp_vectors", path)
    module = importlib.util.module_from_spec(importlib.util.spec_from_loader("otp_vectors", loader))
    loader.exec_module(module)
    return module.derive


derive = load_derivation()


def fresh_number():
    """A number that libphonenumber holds valid and no other test uses."""
    return "+1650253%04d" % ((FIRST_NUMBER + next(_numbers)) % 10**4)


def eventually(what, condition):
    end = time.monotonic() + PATIENCE
    while time.monotonic() < end:
        value = condition()
        if value:
            return value
        time.sleep(0.05)
    raise AssertionError(f"not within {PATIENCE} s: {what}")


def role_url(name, database):
    """As that role itself, so that the role's own settings hold."""
    url = urllib.parse.urlsplit(environment(name))
    return urllib.parse.urlunsplit((url.scheme, url.netloc, "/" + database, url.query, ""))


class Worker(Verify):
    program = "otp-worker"


class Certificate:
    def __init__(self, folder):
        self.file, self.key = os.path.join(folder, "server.pem"), os.path.join(folder, "server.key")
        subprocess.run(["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-days", "2",
                        "-subj", "/CN=localhost", "-addext", "subjectAltName=DNS:localhost,IP:127.0.0.1", "-keyout", self.key,
                        "-out", self.file], check=True, stderr=subprocess.DEVNULL)


class Run:
    """`first` is the provider that is preferred. `settings` go to otp-worker and otp-verify."""

    def __init__(self, secure, first, **settings):
        self.subjects, self.wrong_codes, self.bodies = {}, [], []
        self.first, self._closing = first, []
        try:
            self._start(secure, settings)
        except BaseException:
            self.close()
            raise

    def _start(self, secure, settings):
        self.database, self.vhost = self._kept(Database("leak"), "drop"), self._kept(Vhost(), "drop")
        self.db = self._kept(self.database.session(), "close")
        folder = self._kept(tempfile.TemporaryDirectory(), "cleanup")
        certificate = Certificate(folder.name)
        self.sandbox = self._kept(sandbox_fixture.Sandbox(
            2, SANDBOX_TLS_LISTEN="127.0.0.1:0", SANDBOX_TLS_CERT_FILE=certificate.file, SANDBOX_TLS_KEY_FILE=certificate.key), "stop")
        common = {"OTP_LOG_LEVEL": "debug", "OTP_CODE_LENGTH": "10", "OTP_RESEND_SECONDS": "0", **settings}
        # Receipts carry full numbers: they too go through otp-verify.
        public = "127.0.0.1:%d" % free_port()
        self.verify = self._kept(
            Verify(self.database, self.vhost.url(), **common, DATABASE_URL=role_url("VERIFY_DATABASE_URL", self.database.name),
                   OTP_LISTEN=public, OTP_CALLBACK_URL="http://" + public, TWILIO_AUTH_TOKEN=sandbox_fixture.TOKEN), "kill")
        self.key = secrets.token_urlsafe(24)
        self.db.rows("select otp.create_api_key(sha256(%s), %s, %s)", self.key.encode(), TENANT, ["send", "check", "read"])
        scheme, address = ("https", self.sandbox.addresses[1]) if secure else ("http", self.sandbox.addresses[0])
        base = f"{scheme}://localhost:{address.rpartition(':')[2]}"
        lines = ",".join([self.first] + [p for p in ("twilio", "gupshup") if p != self.first])
        account = {name: value for name, value in sandbox_fixture.SETTINGS.items() if not name.startswith(("SANDBOX", "TWILIO_MESSAGING", "TWILIO_VERIFY"))}
        self.worker = self._kept(Worker(
            self.database, self.vhost.url(), **common, **account, DATABASE_URL=role_url("WORKER_DATABASE_URL", self.database.name), OTP_WORKER_LISTEN="127.0.0.1:0", OTP_LISTEN=None,
            OTP_CODE_KEYS="c1:" + CODE_KEY.hex(), OTP_SMS_PROVIDERS=lines, OTP_WHATSAPP_PROVIDERS=lines, OTP_CA_FILE=certificate.file,
            OTP_CALLBACK_URL="http://" + public, TWILIO_API_URL=base, GUPSHUP_API_URL=base + "/wa/api/v1/template/msg",
            GUPSHUP_SMS_API_URL=base + "/GatewayAPI/rest"), "kill")
        for program in (self.worker, self.verify):
            eventually("ready", lambda p=program: p.call("GET", "/readyz").status == 200)
        self.channel = self.vhost.channel()
        self._closing.append(self.channel.connection.close)
        self.channel.confirm_delivery()
        self.events = self.channel.queue_declare("", exclusive=True).method.queue
        self.channel.queue_bind(self.events, "otp.events", "#")

    def _kept(self, thing, how):
        self._closing.append(getattr(thing, how))
        return thing

    def close(self):
        while self._closing:
            self._closing.pop()()

    # Jobs.

    def job(self, number, channel="sms", **more):
        return {"request_id": new_id(), "to": number, "purpose": "login", "channel": channel, "tenant": TENANT, "code_length": 10, **more}

    def publish(self, *jobs):
        for job in jobs:
            if "to" in job:
                self.subjects[job["request_id"]] = (job["to"], job.get("purpose", "default"))
            self.bodies.append(json.dumps(job))
            self.channel.basic_publish("otp", "send", self.bodies[-1], pika.BasicProperties(content_type="application/json", type="send-otp",
                                                                                            message_id=job["request_id"], delivery_mode=2))

    def plain_jobs(self):
        jobs = [self.job(fresh_number(), locale=locale) for locale in ("en", "de", "ar", "hi", "fr", "pt")]
        return jobs + [self.job(fresh_number(), channel, variables={"app": "Acme"}) for channel in ("whatsapp", ["whatsapp", "sms"])]

    def send_texts(self):
        self.plain = self.plain_jobs()
        self.publish(*self.plain)
        self.await_end(self.plain)

    def send_all_kinds(self):
        """Texts that arrive, those that one provider takes from the other, those that nobody takes."""
        self.plain = self.plain_jobs()
        sms, whatsapp = (TWILIO, TWILIO) if self.first == "twilio" else (GUPSHUP_SMS, GUPSHUP_WHATSAPP)
        failing = [self.job(area + end, channel, purpose=channel) for end in FAILOVERS for area, channel in ((sms, "sms"), (whatsapp, "whatsapp"))]
        hopeless = [self.job(ALL_FAIL + end, "sms") for end in (REFUSED, MESSAGE_FAULT)]
        hopeless += [self.job(ALL_FAIL + WRONG_CHANNEL, ["whatsapp", "sms"])]
        long_ago = datetime.datetime.now(datetime.timezone.utc) - datetime.timedelta(minutes=20)
        late = self.job(fresh_number(), requested_at=long_ago.isoformat().replace("+00:00", "Z"))
        twice = self.plain[0]
        self.publish(*self.mixed(self.plain, failing, hopeless, [late, twice]))
        self.publish(*self.unreadable())

    @staticmethod
    def mixed(*groups):
        jobs = [job for group in groups for job in group]
        random.Random(7).shuffle(jobs)
        return jobs

    def unreadable(self):
        """Jobs for otp.dead."""
        self.dead = [self.job(fresh_number(), colour="blue"), self.job(fresh_number() + "0"), self.job(fresh_number(), template="none"),
                     self.job(fresh_number(), version=2), self.job(fresh_number(), variables={"app": 5})]
        return self.dead

    def send_again_and_again(self):
        """Five texts with one code, and a sixth request that the limit refuses."""
        number = fresh_number()
        for _ in range(6):
            job = self.job(number)
            self.publish(job)
            self.await_end([job])

    def fail_in_the_database(self):
        """A statement that fails over a row with a number in it: server and worker both have something to say about it."""
        self.unstorable = self.job(fresh_number())
        self.db.rows("alter table otp.delivery add constraint no_such_number check (number <> %s) not valid", self.unstorable["to"])
        self.publish(self.unstorable)
        eventually("the job that cannot be stored is buried", lambda: self.waiting("otp.dead") > len(self.dead))

    def await_end(self, jobs):
        ids = [job["request_id"] for job in jobs]
        eventually("the jobs end", lambda: len(ids) == self.db.one(
            "select count(*) from otp.delivery where request_id = any(%s::uuid[]) and status not in ('queued', 'sending')", ids))

    def await_idle(self):
        unknown = {job["request_id"] for job in self.dead} | {self.unstorable["request_id"]}
        self.await_end([{"request_id": id} for id in self.subjects if id not in unknown])
        eventually("nothing is in flight", lambda: self.db.one(
            "select count(*) from otp.delivery_attempt where state = 'started'") == 0 and self.waiting("otp.send") == 0)
        # The event is the worker's last step before it forgets a job.
        eventually("every end is told", lambda: self.waiting(self.events) >= self.db.one(
            "select count(*) from otp.delivery where status not in ('queued', 'sending') and request_id <> all(%s::uuid[])", list(unknown)))

    def waiting(self, queue):
        return self.channel.queue_declare(queue, passive=True).method.message_count

    # Checks.

    def texted(self, number):
        """(code, text) of the newest text to the number."""
        text = self.sandbox.inbox(to=number, limit=1)[0]["text"]
        return re.search("[0-9]{10}", text).group()

    def post(self, path, body):
        return self.verify.call("POST", path, body, self.key)

    def check_codes(self):
        """Right and wrong ones, by every route, and requests that hold a code where none belongs."""
        first, second, third, fourth = (job["to"] for job in self.plain[:4])
        routes = [lambda n, code: ("/v1/check", {"to": n, "code": code, "purpose": "login"}),
                  lambda n, code: ("/verify-otp", {"phone_number": n, "otp_code": code, "purpose": "login"}),
                  lambda n, code: (f"/v1/verifications/{self.verification_of(n)}/check", {"code": code})]
        self.checked = []
        for number, route in zip((first, second, third), routes):
            for code, right in ((self.wrong_code(), False), (self.texted(number), True)):
                answer = self.post(*route(number, code))
                self.checked.append((right, answer.status, answer.json))
        code = self.texted(fourth)
        for body in ({"to": fourth, "code": int(code)}, {"to": fourth, "kode": code}, {"to": fourth, "code": code, code: ""},
                     {"to": code, "code": code}, {"to": fourth, "code": [code]}, {"to": fourth, "code": code, "purpose": "UPPER " + code},
                     {"to": fourth, "code": code, "code ": code}, f'{{"code": "{code}"'.encode(), f'{{"code": {code}x}}'.encode()):
            self.checked.append((False, self.post("/v1/check", body).status, None))
        self.refused_statuses = {status for right, status, _ in self.checked if not right}

    def send_over_http(self):
        for _ in range(3):
            number = fresh_number()
            answer = self.post("/v1/verifications", {"to": number, "purpose": "login", "code_length": 10, "channel": "sms"})
            if answer.status != 202:
                raise AssertionError(answer.text)
            self.subjects[answer.json["request_id"]] = (number, "login")

    def verification_of(self, number):
        return self.db.one("select id from otp.verification where number = %s order by created_at desc limit 1", number)

    def wrong_code(self):
        self.wrong_codes.append("%010d" % secrets.randbelow(10**10))
        return self.wrong_codes[-1]

    # What must not be found.

    def codes(self):
        """Every code that these requests could have had, whether it was ever sent or not, and those that people tried."""
        derived = {derive(CODE_KEY, uuid.UUID(id), TENANT, number, purpose, 10)[0] for id, (number, purpose) in self.subjects.items()}
        return derived | set(self.wrong_codes)

    def numbers(self):
        return {number.lstrip("+") for number, _ in self.subjects.values()}
