"""The two calls of otp-verify that an app needs. The API key stays in the backend."""

import os

import requests

URL = os.environ["OTP_VERIFY_URL"]
HEADERS = {"Authorization": "Bearer " + os.environ["OTP_API_KEY"]}
LIMIT = 10  # seconds
ELSEWHERE = "This does not work at the moment. Try again in a minute."
WRONG = "That code is not right, or no longer good."


class Refused(Exception):
    """Why, in words for the person."""


def call(path, body):
    """Status and JSON."""
    try:
        answer = requests.post(URL + path, json=body, headers=HEADERS, timeout=LIMIT)
    except requests.RequestException as why:
        raise Refused(ELSEWHERE) from why
    if answer.status_code == 429:
        raise Refused(f"Too many tries. Wait {answer.headers['Retry-After']} seconds.")
    if answer.status_code >= 500 or answer.status_code in (401, 403):
        raise Refused(ELSEWHERE)
    return answer.status_code, answer.json()


def send(number, purpose, host, client_ip):
    """Texts a code. The template ends the text so that a browser on `host` finds the code."""
    body = {"to": number, "purpose": purpose, "template": "webotp", "variables": {"app": "Acme", "host": host}}
    status, _ = call("/v1/verifications", {**body, "client_ip": client_ip})
    if status != 202:
        raise Refused("Write the number with + and the country's code, such as +1 415 555 0100.")


def check(number, purpose, code):
    """The proof that a right code earns."""
    status, answer = call("/v1/check", {"to": number, "purpose": purpose, "code": code})
    if status != 200 or not answer["valid"]:
        raise Refused(WRONG)
    return answer["proof"]
