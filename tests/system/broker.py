"""A virtual host of the broker, as a producer and a listener use it."""

import contextlib
import json
import urllib.parse
import urllib.request
import uuid

import pika
import pika.exceptions

from programs import PATIENCE, need, with_path

RETRY_QUEUES = ["otp.retry.%d" % ms for ms in (250, 500, 1000, 2000, 4000, 8000)]


class Broker:
    """A vhost of its own, and what a producer and a listener do there."""

    def __init__(self):
        self.name = "test-" + uuid.uuid4().hex[:12]
        self.url = with_path(need("AMQP_URL"), self.name)
        self.tls_url = with_path(need("AMQPS_URL"), self.name)
        user = urllib.parse.urlsplit(self.url).username
        self.manage("PUT", f"/vhosts/{self.name}")
        everything = {"configure": ".*", "write": ".*", "read": ".*"}
        self.manage("PUT", f"/permissions/{self.name}/{user}", everything)
        self.seen = []
        self.connection = None
        self.connect()

    def connect(self):
        """Also anew, after the broker was away or the channel was closed."""
        if self.connection is not None and self.connection.is_open:
            with contextlib.suppress(pika.exceptions.AMQPError):
                self.connection.close()
        parameters = pika.URLParameters(self.url)
        parameters.heartbeat = 0  # nobody serves it between two calls
        self.connection = pika.BlockingConnection(parameters)
        self.channel = self.connection.channel()
        self.channel.confirm_delivery()

    def manage(self, method, path, body=None):
        url = urllib.parse.urlsplit(need("RABBITMQ_MANAGEMENT_URL"))
        login = urllib.request.HTTPPasswordMgrWithDefaultRealm()
        base = f"http://{url.hostname}:{url.port}"
        login.add_password(None, base, url.username, url.password)
        opener = urllib.request.build_opener(
            urllib.request.ProxyHandler({}), urllib.request.HTTPBasicAuthHandler(login)
        )
        data = None if body is None else json.dumps(body).encode()
        headers = {"Content-Type": "application/json"}
        request = urllib.request.Request(base + "/api" + path, data, headers, method=method)
        with opener.open(request, timeout=PATIENCE) as answer:
            text = answer.read()
            return json.loads(text) if text else None

    def listen(self):
        """From now on `events` knows what is told on otp.events."""
        self.listening = self.channel.queue_declare("", exclusive=True).method.queue
        self.channel.queue_bind(self.listening, "otp.events", "#")

    def events(self, request_id=None):
        """All that were told: objects with routing key and headers beside the body."""
        for method, properties, body in self.drain(self.listening):
            event = json.loads(body)
            event["routing_key"] = method.routing_key
            event["headers"] = properties.headers or {}
            self.seen.append(event)
        return [e for e in self.seen if request_id in (None, e.get("request_id"))]

    def drain(self, name):
        """What lies on a queue; it is taken away."""
        taken = []
        while True:
            method, properties, body = self.channel.basic_get(name, auto_ack=True)
            if method is None:
                return taken
            taken.append((method, properties, body))

    def depth(self, name):
        """Messages that are ready."""
        return self.channel.queue_declare(name, passive=True).method.message_count

    def counts(self):
        """(ready, unacknowledged) of each queue, as the broker's statistics have it: some seconds late."""
        queues = self.manage("GET", f"/queues/{self.name}")
        return {q["name"]: (q.get("messages_ready"), q.get("messages_unacknowledged")) for q in queues}

    def publish(self, body, headers=None, routing_key="send", **properties):
        if isinstance(body, dict):
            properties.setdefault("content_type", "application/json")
            properties.setdefault("type", "send-otp")
            properties.setdefault("message_id", body.get("request_id"))
            body = json.dumps(body)
        if isinstance(body, str):
            body = body.encode()
        what = pika.BasicProperties(delivery_mode=2, headers=headers, **properties)
        self.channel.basic_publish("otp", routing_key, body, what, mandatory=True)

    def close(self):
        if self.connection.is_open:
            self.connection.close()
        self.manage("DELETE", f"/vhosts/{self.name}")
