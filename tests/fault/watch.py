"""Whether workers that say they are ready are consumers at the broker, looked at 20 times a second."""

import threading
import time
import urllib.error
import urllib.parse
import urllib.request

import pika
import pika.exceptions

PAUSE = 0.05
ANSWER_LIMIT = 8  # seconds; /readyz gives the database five and the broker two
SILENCE = 2  # seconds; a broker that has not said for so long how many consumers there are has none


class Consuming:
    """`lies`: seconds in which more workers said they are ready than the broker has consumers, by its word both before and after
    they said so. `back`: seconds from ended() until all are ready and consuming. The broker is asked apart from the workers: one
    that is cut off, or whose queue has no leader, may keep a question for long."""

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
        self._counted = (time.monotonic(), 0)  # when it was asked, consumers
        self._threads = [threading.Thread(target=work, daemon=True) for work in (self._count, self._look)]
        for thread in self._threads:
            thread.start()

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
        for thread in self._threads:
            thread.join()

    def _count(self):
        while not self._stopped.wait(PAUSE):
            asked_at = time.monotonic()
            self._counted = (asked_at, self._consumers())
        self._disconnect()

    def _look(self):
        lied_since = None
        while not self._stopped.wait(PAUSE):
            asked_at, consumers = self._counted
            ready = sum(map(self._is_ready, self.urls))
            now = time.monotonic()
            silent = now - asked_at > SILENCE + PAUSE and self._counted[0] == asked_at
            if silent:
                consumers = 0
            if not self.timeline or self.timeline[-1][1:] != (ready, consumers):
                self.timeline.append((round(now, 2), ready, consumers))
            if ready <= consumers:
                lied_since = None
            elif lied_since is None:
                lied_since = now
            elif silent or asked_at > lied_since:
                self.lies += now - lied_since
                lied_since = now
            ended = self._ended_at
            if ended is not None and self.back is None and asked_at >= ended and ready == len(self.urls) <= consumers:
                self.back = now - ended
                self._is_back.set()

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
