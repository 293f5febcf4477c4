"""producer.py NUMBER [REQUEST_ID]: asks for a one-time code by queue and follows it until it is sent or over."""

import json
import os
import sys
import time
import uuid
from datetime import datetime, timezone

import pika
import pika.exceptions

WAIT_SECONDS = 60
ENDS = {"sent", "delivered", "undelivered", "failed", "expired", "rejected", "canceled"}


def job_for(number, request_id):
    return {
        "version": 1,
        "request_id": request_id,
        "to": number,
        "purpose": "login",
        "variables": {"app": "Acme"},
        "requested_at": datetime.now(timezone.utc).isoformat(timespec="milliseconds"),
        "tenant": os.environ.get("OTP_TENANT", "default"),
    }


def listen(channel):
    """The queue of what is told of all deliveries from now on."""
    queue = channel.queue_declare("", exclusive=True).method.queue
    channel.queue_bind(queue, "otp.events", "delivery.#")
    return queue


def publish(channel, job):
    """Returns once the broker has it; raises where it refuses it or no queue takes it."""
    channel.confirm_delivery()
    properties = pika.BasicProperties(
        content_type="application/json", type="send-otp", message_id=job["request_id"], delivery_mode=2)
    channel.basic_publish("otp", "send", json.dumps(job), properties, mandatory=True)


def follow(channel, queue, request_id):
    """Prints what is told of the request; the status it ended with, or None."""
    told = set()
    end = time.monotonic() + WAIT_SECONDS
    for method, _, body in channel.consume(queue, auto_ack=True, inactivity_timeout=1):
        if time.monotonic() > end:
            print(f"nothing was told of it in {WAIT_SECONDS} s: see otpctl dead list", file=sys.stderr)
            return None
        if method is None:
            continue
        event = json.loads(body)
        if event["request_id"] != request_id or event["event"] in told:
            continue  # another's, or told before
        told.add(event["event"])
        print(event["event"], event["provider"] or "-", event["reason"] or "-", flush=True)
        status = event["event"].removeprefix("delivery.")
        if status in ENDS:
            return status


def main():
    if len(sys.argv) not in (2, 3):
        print(__doc__, file=sys.stderr)
        return 64
    job = job_for(sys.argv[1], sys.argv[2] if len(sys.argv) == 3 else str(uuid.uuid4()))
    try:
        broker = pika.BlockingConnection(pika.URLParameters(os.environ["AMQP_URL"]))
        channel = broker.channel()
        queue = listen(channel)  # before the job is published: what is told of it cannot be missed
        publish(channel, job)
    except (pika.exceptions.AMQPError, OSError) as refused:
        print("not taken:", repr(refused), file=sys.stderr)
        return 2
    print(job["request_id"], flush=True)
    return 0 if follow(channel, queue, job["request_id"]) in ("sent", "delivered") else 1


sys.exit(main())
