"""Receipts as Twilio posts them, signed anew here."""

import base64
import hashlib
import hmac
import urllib.parse

from sandbox_fixture import TOKEN

FORM = {"Content-Type": "application/x-www-form-urlencoded; charset=UTF-8"}


def signature(url, fields=()):
    text = url + "".join(name + value for name, value in sorted(set(fields)))
    return base64.b64encode(hmac.new(TOKEN.encode(), text.encode(), hashlib.sha1).digest()).decode()


def twilio_receipt(public, request, attempt=1, status="delivered", **more):
    """Path, body and headers of one for the otp-verify that is known as `public`."""
    fields = [("MessageSid", "SM" + request), ("MessageStatus", status), ("To", "+14155550100"), *more.items()]
    path = f"/webhooks/twilio/{request}/{attempt}"
    return path, urllib.parse.urlencode(fields).encode(), {**FORM, "X-Twilio-Signature": signature(public + path, fields)}
