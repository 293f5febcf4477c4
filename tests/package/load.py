"""Asks otp-verify for codes, takes them from the sandbox's inbox and has them checked, as apps would; every answer counts.

    load.py --once             one code
    load.py --until FILE       until FILE is there; FILE.begun tells that the first codes were verified

Ends with 1 where anything was refused, unanswered or lost."""

import argparse
import http.client
import itertools
import json
import os
import re
import sys
import threading
import time

PATIENCE = 30  # seconds for a text to come
numbers = itertools.count(14158000000 + int(time.time()) % 100000 * 10)  # of another run no text lies in the inbox


def call(port, method, path, body=None):
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=15)
    try:
        headers = {"Authorization": "Bearer " + os.environ["OTP_API_KEY"], "Connection": "close"}
        connection.request(method, path, json.dumps(body) if body else None, headers)
        answer = connection.getresponse()
        return answer.status, json.loads(answer.read() or b"null")
    finally:
        connection.close()


def code_for(number):
    """From the first text that came; how many came is looked at later."""
    until = time.monotonic() + PATIENCE
    while time.monotonic() < until:
        _, inbox = call(4010, "GET", "/inbox?to=%2B" + number)
        if inbox:
            return re.search(r"\b\d{6}\b", inbox[0]["text"])[0]
        time.sleep(0.02)
    raise TimeoutError("no text came")


class Load:
    def __init__(self):
        self.verified, self.failures, self.times, self.numbers = 0, [], [], []
        self.lock = threading.Lock()

    def one(self):
        number = str(next(numbers))
        begun = time.monotonic()
        try:
            status, sent = call(8080, "POST", "/v1/verifications", {"to": "+" + number, "purpose": "login"})
            if status != 202:
                raise RuntimeError(f"the send was answered {status} {sent}")
            code = code_for(number)
            status, checked = call(8080, "POST", f"/v1/verifications/{sent['id']}/check", {"code": code})
            if status != 200 or not checked["valid"]:
                raise RuntimeError(f"the check was answered {status} {checked}")
        except Exception as fault:  # whatever it is, an app would have met it
            with self.lock:
                self.failures.append(f"{type(fault).__name__}: {fault}")
            return
        with self.lock:
            self.verified += 1
            self.numbers.append(number)
            self.times.append(time.monotonic() - begun)

    def texts_per_number(self):
        return max(len(call(4010, "GET", "/inbox?to=%2B" + number)[1]) for number in self.numbers)


def main():
    words = argparse.ArgumentParser()
    words.add_argument("--once", action="store_true")
    words.add_argument("--until")
    given = words.parse_args()
    load = Load()
    if given.once:
        load.one()
    else:
        def work():
            while not os.path.exists(given.until):
                load.one()
                if load.verified > 20 and not os.path.exists(given.until + ".begun"):
                    open(given.until + ".begun", "w", encoding="utf-8").close()
        threads = [threading.Thread(target=work) for _ in range(8)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    for failure in load.failures[:20]:
        print(failure, file=sys.stderr)
    slowest = max(load.times, default=0)
    print(f"{load.verified} codes sent and verified, {len(load.failures)} failed; the slowest took {slowest:.2f} s from send to check")
    if load.failures or not load.verified:
        sys.exit(1)
    most = load.texts_per_number()
    if most != 1:
        print(f"a number got {most} texts", file=sys.stderr)
        sys.exit(1)


if __name__ == "__main__":
    main()
