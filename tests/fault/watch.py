"""Whether workers that say they are ready are consumers at the broker, looked at 20 times a second."""

import threading
import time
import urllib.error
import urllib.parse
import urllib.request

import pika
import pika.exceptions

PAUSE = 0.05
ANSWER_LIMIT = 6  # seconds; /readyz gives the database five


class Consuming:
    """`lies`: seconds in which more workers said they are ready than the broker has consumers, two looks in a row or longer.
    `back`: seconds from ended() until all are ready and consuming."""

    def __init__(self, workers, broker, queue="otp.send"):
        self.urls = [worker.url + "/readyz" for worker in workers]
        self.queue = queue
        self.lies = 0.0
        self.back = None
        self.timeline = []  # (moment, workers that are ready, consumers): each change
        self._parameters = pika.URLParameters(broker.url)
        self._parameters.heartbeat = 4
        self._parameters.socket_timeout = self._parameters.stack_timeout = 2
        self._parameters.blocked_connection_timeout = 4
        self._connection = self._channel = None
        self._ended_at = None
        self._stopped = threading.Event()
        self._is_back = threading.Event()
        self._thread = threading.Thread(target=self._look, daemon=True)
        self._thread.start()

    def ended(self):
        """The fault is over."""
        if self._ended_at is None:
            self._is_back.clear()
            self._ended_at = time.monotonic()

    def await_back(self, limit):
        if not self._is_back.wait(limit):
            raise AssertionError(f"not back {limit} s after the fault's end: (ready, consumers) were {self.timeline[-9:]}")

    def stop(self):
        self._stopped.set()
        self._thread.join()

    def _look(self):
        lied_since = None
        while not self._stopped.wait(PAUSE):
            asked_at = time.monotonic()
            consumers = self._consumers()
            ready = sum(map(self._is_ready, self.urls))
            now = time.monotonic()
            if not self.timeline or self.timeline[-1][1:] != (ready, consumers):
                self.timeline.append((round(now, 2), ready, consumers))
            if ready <= consumers:
                lied_since = None
            elif lied_since is None:
                lied_since = now
            else:
                self.lies += now - lied_since
                lied_since = now
            ended = self._ended_at
            if ended is not None and self.back is None and asked_at >= ended and ready == len(self.urls) <= consumers:
                self.back = now - ended
                self._is_back.set()
        self._disconnect()

    def _is_ready(self, url):
        try:
            with urllib.request.urlopen(url, timeout=ANSWER_LIMIT) as answer:
                return answer.status == 200
        except OSError:  # among them every answer that is no success
            return False

    def _consumers(self):
        try:
            if self._connection is None:
                self._connection = pika.BlockingConnection(self._parameters)
                self._channel = self._connection.channel()
            return self._channel.queue_declare(self.queue, passive=True).method.consumer_count
        except (pika.exceptions.AMQPError, OSError):
            self._disconnect()
            return 0

    def _disconnect(self):
        try:
            if self._connection is not None and self._connection.is_open:
                self._connection.close()
        except (pika.exceptions.AMQPError, OSError):
            pass
        self._connection = self._channel = None
