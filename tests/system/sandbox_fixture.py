"""Starts otp-sandbox as a process, and takes its receipts. Nothing here is shared with the product's own
HTTP client, so that the two cannot be wrong together."""

import base64
import http.client
import http.server
import json
import os
import queue
import subprocess
import threading
import time
import unittest
import urllib.parse

ACCOUNT = "AC0123456789abcdef0123456789abcdef"
TOKEN = "made-up-auth-token"
API_KEY = "SK0123456789abcdef0123456789abcdef"
API_SECRET = "made-up-api-secret"
SENDER = "+15005550006"
SERVICE = "MG0123456789abcdef0123456789abcdef"
WHATSAPP_SENDER = "+15005550006"
CONTENT = "HX0123456789abcdef0123456789abcdef"
VERIFY_SERVICE = "VA0123456789abcdef0123456789abcdef"
VERIFICATIONS = f"/v2/Services/{VERIFY_SERVICE}/Verifications"
MESSAGES = f"/2010-04-01/Accounts/{ACCOUNT}/Messages.json"
PATIENCE = 20  # seconds; only a broken sandbox needs them

SETTINGS = {
    "SANDBOX_LISTEN": "127.0.0.1:0",
    "SANDBOX_RECEIPT_DELAY_MS": "20",
    "TWILIO_ACCOUNT_SID": ACCOUNT,
    "TWILIO_AUTH_TOKEN": TOKEN,
    "TWILIO_API_KEY": API_KEY,
    "TWILIO_API_SECRET": API_SECRET,
    "TWILIO_PHONE_NUMBER": SENDER,
    "TWILIO_MESSAGING_SERVICE_SID": SERVICE,
    "TWILIO_WHATSAPP_NUMBER": "whatsapp:" + WHATSAPP_SENDER,
    "TWILIO_CONTENT_SID": CONTENT,
    "TWILIO_VERIFY_SERVICE_SID": VERIFY_SERVICE,
    "GUPSHUP_API_KEY": "made-up-gupshup-key",
    "GUPSHUP_SOURCE": "15005550007",
    "GUPSHUP_SRC_NAME": "AcmeDemo",
    "GUPSHUP_TEMPLATE_ID": "7f0c2c1a-55b0-4c5e-9a4b-0d6f3f1f2a10",
    "GUPSHUP_SMS_USERID": "2000190001",
    "GUPSHUP_SMS_PASSWORD": "päss&word",
    "GUPSHUP_SMS_MASK": "ACMEOT",
    "GUPSHUP_SMS_ENTITY_ID": "1101123450000012345",
    "GUPSHUP_SMS_TEMPLATE_ID": "1107123450000067890",
}


def program():
    build = os.environ.get("OTP_BUILD_DIR")
    if not build:
        raise RuntimeError("OTP_BUILD_DIR is not set: it names the build folder, such as build/dev")
    path = os.path.join(build, "bin", "otp-sandbox")
    if not os.access(path, os.X_OK):
        raise RuntimeError(path + " is missing: build the target otp-sandbox")
    return path


def environment(settings):
    # What the caller's shell holds for a real account must not reach the test.
    foreign = ("TWILIO_", "GUPSHUP_", "SANDBOX_", "OTP_")
    own = {name: value for name, value in os.environ.items() if not name.startswith(foreign)}
    own.update(settings)
    return own


class Answer:
    def __init__(self, status, headers, body):
        self.status = status
        self.headers = headers
        self.text = body.decode()

    def json(self):
        return json.loads(self.text)


class Sandbox:
    def __init__(self, listeners=1, **settings):
        given = dict(SETTINGS)
        given.update(settings)
        given = {name: value for name, value in given.items() if value is not None}
        self.process = subprocess.Popen([program()], env=environment(given), stderr=subprocess.PIPE)
        self.log = []
        self.lines = queue.Queue()
        self.reader = threading.Thread(target=self._read, daemon=True)
        self.reader.start()
        self.addresses = []
        try:
            while len(self.addresses) < listeners:
                line = self.lines.get(timeout=PATIENCE)
                if line is None:
                    raise RuntimeError("otp-sandbox ended: " + "".join(self.log))
                if line.get("event") == "listening":
                    self.addresses.append(line["address"])
        except BaseException:
            self.stop()
            raise

    def _read(self):
        for raw in self.process.stderr:
            line = raw.decode()
            self.log.append(line)
            try:
                self.lines.put(json.loads(line))
            except ValueError:
                pass
        self.lines.put(None)

    def stop(self):
        self.process.terminate()
        try:
            status = self.process.wait(PATIENCE)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
            raise
        self.reader.join(PATIENCE)
        self.process.stderr.close()
        return status

    def connect(self, timeout=PATIENCE):
        host, port = self.addresses[0].rsplit(":", 1)
        return http.client.HTTPConnection(host, int(port), timeout=timeout)

    def ask(self, method, target, body=None, headers=None, timeout=PATIENCE):
        connection = self.connect(timeout)
        try:
            connection.request(method, target, body, headers or {})
            answer = connection.getresponse()
            return Answer(answer.status, answer.headers, answer.read())
        finally:
            connection.close()

    def post_form(self, target, fields, headers=None, timeout=PATIENCE):
        all_headers = {"Content-Type": "application/x-www-form-urlencoded"}
        all_headers.update(headers or {})
        return self.ask("POST", target, urllib.parse.urlencode(fields), all_headers, timeout)

    def inbox(self, **query):
        answer = self.ask("GET", "/inbox?" + urllib.parse.urlencode(query))
        return answer.json()

    def twilio(self, timeout=PATIENCE, headers=None, **fields):
        """Sends by Twilio; None leaves a field out."""
        form = {"To": "+14155550100", "From": SENDER, "Body": "482913 is your code"}
        form.update(fields)
        form = {name: value for name, value in form.items() if value is not None}
        return self.post_form(MESSAGES, form, headers or basic(ACCOUNT, TOKEN), timeout)

    def verify(self, timeout=PATIENCE, headers=None, path=VERIFICATIONS, **fields):
        """Starts a verification by Twilio Verify; None leaves a field out."""
        form = {"To": "+14155550100", "Channel": "sms", "CustomCode": "482913"}
        form.update(fields)
        form = {name: value for name, value in form.items() if value is not None}
        return self.post_form(path, form, headers or basic(ACCOUNT, TOKEN), timeout)

    def whatsapp(self, timeout=PATIENCE, headers=None, **fields):
        form = {
            "channel": "whatsapp",
            "source": SETTINGS["GUPSHUP_SOURCE"],
            "destination": "14155550100",
            "src_name": SETTINGS["GUPSHUP_SRC_NAME"],
            "template": json.dumps({"id": SETTINGS["GUPSHUP_TEMPLATE_ID"], "params": ["482913"]}),
        }
        form.update(fields)
        form["src.name"] = form.pop("src_name")
        form = {name: value for name, value in form.items() if value is not None}
        key = {"apikey": SETTINGS["GUPSHUP_API_KEY"]}
        return self.post_form("/wa/api/v1/template/msg", form, key if headers is None else headers, timeout)

    def gateway_form(self, **fields):
        form = {
            "method": "SendMessage",
            "userid": SETTINGS["GUPSHUP_SMS_USERID"],
            "password": SETTINGS["GUPSHUP_SMS_PASSWORD"],
            "auth_scheme": "plain",
            "v": "1.1",
            "send_to": "14155550100",
            "msg": "482913 is your code",
            "msg_type": "TEXT",
            "format": "json",
            "mask": SETTINGS["GUPSHUP_SMS_MASK"],
        }
        form.update(fields)
        return {name: value for name, value in form.items() if value is not None}

    def gateway(self, timeout=PATIENCE, **fields):
        return self.post_form("/GatewayAPI/rest", self.gateway_form(**fields), timeout=timeout)


def basic(user, password):
    return {"Authorization": "Basic " + base64.b64encode(f"{user}:{password}".encode()).decode()}


class Receiver:
    """A web server that keeps what is posted to it and answers with `statuses`, then 204."""

    def __init__(self):
        self.posts = []
        self.statuses = []
        self.changed = threading.Condition()
        owner = self

        class Handler(http.server.BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_POST(self):
                body = self.rfile.read(int(self.headers["Content-Length"]))
                with owner.changed:
                    owner.posts.append((self.path, self.headers, body.decode()))
                    status = owner.statuses.pop(0) if owner.statuses else 204
                    owner.changed.notify_all()
                self.send_response(status)
                self.send_header("Content-Length", "0")
                self.end_headers()

            def log_message(self, *_):
                pass

        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.server.daemon_threads = True
        self.url = "http://127.0.0.1:%d" % self.server.server_address[1]
        self.thread = threading.Thread(target=self.server.serve_forever, args=(0.01,), daemon=True)
        self.thread.start()

    def wait_for(self, count):
        with self.changed:
            came = self.changed.wait_for(lambda: len(self.posts) >= count, PATIENCE)
            if not came:
                raise AssertionError(f"{len(self.posts)} receipts came, not {count}: {self.posts}")
            return list(self.posts)

    def stop(self):
        self.server.shutdown()
        self.thread.join()
        self.server.server_close()


def wait_until(condition, what):
    limit = time.monotonic() + PATIENCE
    while time.monotonic() < limit:
        value = condition()
        if value:
            return value
        time.sleep(0.005)
    raise AssertionError("it never came to pass: " + what)


class SandboxTest(unittest.TestCase):
    """One sandbox for the tests of a class; `settings` are laid over the usual ones."""

    settings = {}

    @classmethod
    def setUpClass(cls):
        cls.sandbox = Sandbox(**cls.settings)
        cls.addClassCleanup(cls.sandbox.stop)

    def newest(self, **query):
        entries = self.sandbox.inbox(limit=1, **query)
        return entries[0] if entries else None
