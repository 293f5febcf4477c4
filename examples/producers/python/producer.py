"""producer.py NUMBER [REQUEST_ID]: asks for a one-time code by queue and follows it until it is sent or over."""

import json
import os
import sys
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


def publish(channel, job):
    """Returns once the broker has it; raises where it refuses it or no queue takes it."""
    properties = pika.BasicProperties(
        content_type="application/json", type="send-otp", message_id=job["request_id"], delivery_mode=2)
    channel.basic_publish("otp", "send", json.dumps(job), properties, mandatory=True)


def follow(channel, queue, request_id):
    """Prints what is told of the request; the status it ended with, or None."""
    told = set()
    for method, _, body in channel.consume(queue, auto_ack=True, inactivity_timeout=WAIT_SECONDS):
        if method is None:
            return None
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
    broker = pika.BlockingConnection(pika.URLParameters(os.environ["AMQP_URL"]))
    channel = broker.channel()
    # Before the job is published: what is told of it cannot be missed.
    queue = channel.queue_declare("", exclusive=True).method.queue
    channel.queue_bind(queue, "otp.events", "delivery.#")
    channel.confirm_delivery()
    try:
        publish(channel, job)
    except (pika.exceptions.UnroutableError, pika.exceptions.NackError) as refused:
        print("not taken:", type(refused).__name__, file=sys.stderr)
        return 2
    print(job["request_id"], flush=True)
    return 0 if follow(channel, queue, job["request_id"]) in ("sent", "delivered") else 1


sys.exit(main())
