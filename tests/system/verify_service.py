"""otp-verify as a process on a database and a virtual host of its own, and what its tests need around it.

The servers come by environment: DATABASE_URL (superuser), AMQP_URL, RABBITMQ_MANAGEMENT_URL; the program from OTP_BUILD_DIR. What is
missing fails.
"""
import base64
import contextlib
import hashlib
import hmac
import http.client
import json
import os
import secrets
import signal
import socket
import struct
import subprocess
import sys
import threading
import time
import urllib.parse
import urllib.request

import pika

ROOT = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "..")
sys.path.insert(0, os.path.join(ROOT, "tests", "integration"))
from store_database import Database, new_id  # noqa: E402

LIMIT = 20.0      # seconds that anything awaited may take
HASH_KEYS = {"h1": secrets.token_bytes(32), "h2": secrets.token_bytes(32)}
_numbers = iter(range(10**6))


def environment(name):
    value = os.environ.get(name)
    if not value:
        raise RuntimeError(f"{name} is not set")
    return value


def sanitizer_options():
    return {k: os.environ[k] for k in ("ASAN_OPTIONS", "UBSAN_OPTIONS", "TSAN_OPTIONS") if k in os.environ}


def new_number():
    """A number that libphonenumber holds valid."""
    return "+1415555%04d" % next(_numbers)


def eventually(what, condition):
    end = time.monotonic() + LIMIT
    while time.monotonic() < end:
        value = condition()
        if value:
            return value
        time.sleep(0.02)
    raise AssertionError(f"not within {LIMIT} s: {what}")


def code_tag(code, number, purpose="default", tenant="acme", key="h1"):
    """docs/codes.md, Tag."""
    fields = [b"otp-hash/1", tenant.encode(), number.encode(), purpose.encode(), code.encode()]
    return hmac.new(HASH_KEYS[key], b"".join(struct.pack(">I", len(f)) + f for f in fields), hashlib.sha256).digest()


class Vhost:
    """A virtual host of the broker; its topology is what the program declares."""

    def __init__(self):
        self.name = "verify-" + secrets.token_hex(6)
        url = urllib.parse.urlsplit(environment("AMQP_URL").split(",")[0])
        self.user = urllib.parse.unquote(url.username)
        self.host, self.port = url.hostname, url.port or 5672
        self._netloc = url.netloc
        self._manage("PUT", f"/api/vhosts/{self.name}", {})
        self._manage("PUT", f"/api/permissions/{self.name}/{url.username}", {"configure": ".*", "write": ".*", "read": ".*"})

    def url(self, port=None):
        login = self._netloc.rpartition("@")[0]
        address = f"127.0.0.1:{port}" if port else f"{self.host}:{self.port}"
        return f"amqp://{login}@{address}/{self.name}"

    def channel(self):
        return pika.BlockingConnection(pika.URLParameters(self.url() + "?heartbeat=0")).channel()

    def messages(self, queue="otp.send"):
        """All that wait on the queue, taken off it."""
        channel, found = self.channel(), []
        while True:
            method, properties, body = channel.basic_get(queue, auto_ack=True)
            if method is None:
                channel.connection.close()
                return found
            found.append((properties, body))

    def _manage(self, method, path, body=None):
        url = urllib.parse.urlsplit(environment("RABBITMQ_MANAGEMENT_URL"))
        login = base64.b64encode(f"{urllib.parse.unquote(url.username)}:{urllib.parse.unquote(url.password)}".encode()).decode()
        request = urllib.request.Request(f"http://{url.hostname}:{url.port}{path}", method=method,
                                         data=None if body is None else json.dumps(body).encode(),
                                         headers={"Authorization": "Basic " + login, "Content-Type": "application/json"})
        urllib.request.urlopen(request, timeout=LIMIT).close()

    def drop(self):
        self._manage("DELETE", f"/api/vhosts/{self.name}")


class Gate:
    """A TCP way to the broker that can be held (bytes to the broker wait) or cut (connections end, new ones are refused)."""

    def __init__(self, host, port):
        self._target, self._held, self._cut, self._pairs = (host, port), threading.Event(), False, []
        self._held.set()      # set: bytes pass
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port = self._listener.getsockname()[1]
        threading.Thread(target=self._accept, daemon=True).start()

    def hold(self):
        self._held.clear()

    def cut(self):
        self._cut = True
        for pair in self._pairs:
            for one in pair:
                try:
                    one.shutdown(socket.SHUT_RDWR)
                except OSError:
                    pass

    def mend(self):
        self._cut = False

    def close(self):
        self.cut()
        self._held.set()
        self._listener.close()

    def _accept(self):
        while True:
            try:
                client, _ = self._listener.accept()
            except OSError:
                return
            if self._cut:
                client.close()
                continue
            server = socket.create_connection(self._target)
            self._pairs.append((client, server))
            threading.Thread(target=self._pump, args=(client, server, True), daemon=True).start()
            threading.Thread(target=self._pump, args=(server, client, False), daemon=True).start()

    def _pump(self, source, sink, to_broker):
        try:
            while data := source.recv(65536):
                if to_broker:
                    self._held.wait()
                sink.sendall(data)
        except OSError:
            pass
        for one in (source, sink):
            try:
                one.shutdown(socket.SHUT_RDWR)
            except OSError:
                pass


class Answer:
    def __init__(self, response):
        self.status, self.headers = response.status, response.headers
        self.text = response.read().decode()
        self.type = response.headers.get("Content-Type", "")
        self.json = json.loads(self.text) if "json" in self.type and self.text else None  # a HEAD has no body


class Verify:
    """The process. Settings given by name come over the usual ones; None takes one away. `launcher`: words before the program's path;
    `pass_fds`: descriptors it keeps."""

    program = "otp-verify"

    def __init__(self, database, amqp_url, wait=True, launcher=(), pass_fds=(), **settings):
        values = {**sanitizer_options(), "AMQP_URL": amqp_url, "DATABASE_URL": database_url(database.name), "OTP_LISTEN": "127.0.0.1:0",
                  "OTP_HASH_KEYS": "h1:" + HASH_KEYS["h1"].hex(), **settings}
        self.process = subprocess.Popen([*launcher, os.path.join(environment("OTP_BUILD_DIR"), "bin", self.program)], text=True, cwd=ROOT,
                                        env={k: v for k, v in values.items() if v is not None}, stderr=subprocess.PIPE, pass_fds=pass_fds)
        self.log, self.address = [], None
        self._reader = threading.Thread(target=self._read_log, daemon=True)
        self._reader.start()
        if wait:
            try:
                eventually(self.program + " listens", lambda: self.address or self.process.poll() is not None)
            finally:
                if self.address is None:
                    self.kill()
            if self.address is None:
                raise AssertionError(self.program + " ended: " + "".join(self.log))

    def _read_log(self):
        for line in self.process.stderr:
            self.log.append(line)
            if '"event":"listening"' in line:
                host, _, port = json.loads(line)["address"].rpartition(":")
                self.address = (host, int(port))

    def connection(self):
        return http.client.HTTPConnection(*self.address, timeout=LIMIT)

    def call(self, method, path, body=None, key=None, headers=()):
        """`body`: bytes as they are, anything else as JSON."""
        connection = self.connection()
        fields = dict(headers)
        if key:
            fields["Authorization"] = "Bearer " + key
        if body is not None and not isinstance(body, bytes):
            body = json.dumps(body).encode()
            fields.setdefault("Content-Type", "application/json")
        try:
            connection.request(method, path, body, fields)
            return Answer(connection.getresponse())
        finally:
            connection.close()

    def ended(self):
        """Its exit code, once it has ended by itself."""
        code = self.process.wait(LIMIT)
        self._reader.join(LIMIT)
        return code

    def stop(self):
        self.process.send_signal(signal.SIGTERM)
        return self.ended()

    def kill(self):
        if self.process.poll() is None:
            self.process.kill()
        self.process.wait(LIMIT)
        self._reader.join(LIMIT)
        self.process.stderr.close()


def database_url(name):
    """As the program's own role, so that what it may not do fails, with the settings that a login of that role has
    (migrations/0016_sessions.sql)."""
    url = urllib.parse.urlsplit(environment("DATABASE_URL"))
    settings = {"role": "otp_verify", "jit": "off", "plan_cache_mode": "force_generic_plan", "statement_timeout": "5s", "lock_timeout": "2s"}
    options = " ".join(f"-c {name}={value}" for name, value in settings.items())
    return urllib.parse.urlunsplit((url.scheme, url.netloc, "/" + name, "options=" + urllib.parse.quote(options), ""))


class World:
    """Database, virtual host and process of one test class, and keys of two tenants."""

    def __init__(self, **settings):
        with contextlib.ExitStack() as undo:
            self.database = Database("verify")
            undo.callback(self.database.drop)
            self.vhost = Vhost()
            undo.callback(self.vhost.drop)
            self.db = self.database.session()
            undo.callback(self.db.close)
            self.key = self.new_key("acme", "send", "check", "read")
            self.other_key = self.new_key("other", "send", "check", "read")
            self.verify = Verify(self.database, self.vhost.url(), **settings)
            undo.callback(self.verify.kill)
            self.close = undo.pop_all().close

    def new_key(self, tenant, *scopes):
        key = secrets.token_urlsafe(24)
        self.db.rows("select otp.create_api_key(%s, %s, %s)", hashlib.sha256(key.encode()).digest(), tenant, list(scopes))
        return key

    def post(self, path, body=None, key=None, **more):
        return self.verify.call("POST", path, body, key or self.key, **more)

    def get(self, path, key=None, **more):
        return self.verify.call("GET", path, None, key or self.key, **more)

    def delete(self, path, key=None, **more):
        return self.verify.call("DELETE", path, None, key or self.key, **more)

    def texted(self, code="123456", number=None, purpose="default", tenant="acme", key="h1", seconds=300, request_id=None):
        """A verification whose code is on its way to the person: (number, id). `request_id`: that of a send over HTTP which a worker takes."""
        number = number or new_number()
        row = self.db.call(
            "select * from otp.begin_sends('w1', '15 s', array[%s::uuid], array[%s], array[%s], array[%s], array[null], array[null],"
            "array['sms'], array['otp'], array['en'], array['twilio/sms'], array[clock_timestamp()], array[%s], array[null::bytea],"
            "array[null], array[%s::uuid], array['k1'], array[%s], array[%s::bytea], array[%s])",
            request_id or new_id(), tenant, number, purpose, seconds, new_id(), key, code_tag(code, number, purpose, tenant, key), len(code))[0]
        assert row.verdict == "send", row
        return number, row.verification_id

    def no_pauses(self, id):
        self.db.rows("update otp.verification set next_check_at = null where id = %s", id)
