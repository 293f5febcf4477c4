"""otpctl as a process, for the tests of its commands."""

import json
import subprocess

from programs import PATIENCE, ROOT, environment, need, program, with_path

USAGE, UNAVAILABLE, CONFIGURATION = 64, 69, 78


def otpctl(words, settings, code=0, **more):
    """What it printed on standard output, and on standard error."""
    done = subprocess.run([program("otpctl"), *words], env=environment(settings), cwd=ROOT, capture_output=True, timeout=2 * PATIENCE,
                          stdin=subprocess.DEVNULL, **more)
    out, err = done.stdout.decode(), done.stderr.decode()  # with the ends of lines as they are
    if done.returncode != code:
        raise AssertionError(f"otpctl {words} ended with {done.returncode}, not {code}: {out}\n{err}")
    return out, err


def json_lines(text):
    return [json.loads(line) for line in text.splitlines()]


def auditor_url(database):
    return with_path(need("AUDITOR_DATABASE_URL"), database.name)
