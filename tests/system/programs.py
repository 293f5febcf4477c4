"""The programs under test and the servers that the environment names (`scripts/devstack env` prints it)."""

import os
import socket
import subprocess
import sys
import time
import urllib.parse
import urllib.request

ROOT = os.path.abspath(os.path.join(os.path.dirname(__file__), "..", ".."))
sys.path.insert(0, os.path.join(ROOT, "tests", "integration"))
import ended_by_signal  # noqa: E402

PATIENCE = 60  # seconds; only a broken program needs them
ended_by_signal.take_down_first()

# A proxy that the caller's shell names is not for loopback.
urllib.request.install_opener(urllib.request.build_opener(urllib.request.ProxyHandler({})))


def need(name):
    value = os.environ.get(name)
    if not value:
        raise RuntimeError(name + " is not set; `scripts/devstack up` and `scripts/devstack env` give it")
    return value


def program(name):
    path = os.path.join(os.path.abspath(need("OTP_BUILD_DIR")), "bin", name)
    if not os.access(path, os.X_OK):
        raise RuntimeError(path + " is missing: build the target " + name)
    return path


def environment(settings):
    """Without the caller's settings, so that only what the test says is set."""
    foreign = ("TWILIO_", "GUPSHUP_", "SANDBOX_", "OTP_", "AMQP", "DATABASE_URL", "PG")
    own = {name: value for name, value in os.environ.items() if not name.startswith(foreign)}
    own.update({name: value for name, value in settings.items() if value is not None})
    return own


def await_that(condition, what, limit=PATIENCE, pause=0.02):
    """Waits until `condition()` is truthy, and returns that."""
    end = time.monotonic() + limit
    while True:
        value = condition()
        if value:
            return value
        if time.monotonic() > end:
            raise AssertionError("it never came to pass: " + what)
        time.sleep(pause)


def free_port():
    """Of loopback, for a program that is told its address before it starts."""
    with socket.create_server(("127.0.0.1", 0)) as one:
        return one.getsockname()[1]


def with_path(url, path):
    return urllib.parse.urlsplit(url)._replace(path="/" + path).geturl()


def with_host(url, host, port=None):
    parts = urllib.parse.urlsplit(url)
    user = parts.netloc.rsplit("@", 1)[0]
    return parts._replace(netloc=f"{user}@{host}:{port or parts.port}").geturl()


def run_otpctl(words, settings):
    done = subprocess.run(
        [program("otpctl"), *words], env=environment(settings), cwd=ROOT, capture_output=True, timeout=PATIENCE
    )
    if done.returncode != 0:
        raise RuntimeError(f"otpctl {words[0]}: " + done.stderr.decode())
    return done.stdout.decode()
