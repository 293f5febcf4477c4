"""otp-worker as a process."""

import json
import re
import signal
import subprocess
import threading
import urllib.error
import urllib.request

from programs import PATIENCE, ROOT, environment, program


class Worker:
    """Its log lines are kept as objects in `log`."""

    def __init__(self, settings, flags=()):
        self.process = subprocess.Popen(
            [program("otp-worker"), *flags],
            env=environment(settings),
            cwd=ROOT,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
        )
        self.log = []
        self.text = ""
        self.changed = threading.Condition()
        self.reader = threading.Thread(target=self._read, daemon=True)
        self.reader.start()

    def _read(self):
        for raw in self.process.stderr:
            with self.changed:
                self.text += raw.decode(errors="replace")
                try:
                    self.log.append(json.loads(raw))
                except ValueError:
                    pass
                self.changed.notify_all()
        with self.changed:
            self.log.append({"event": "end of log"})
            self.changed.notify_all()

    def await_line(self, event, limit=PATIENCE, after=0, **fields):
        """The first log line of that event, after so many lines, whose fields hold these words."""

        def found():
            for line in self.log[after:]:
                if line["event"] == event and all(word in str(line.get(name)) for name, word in fields.items()):
                    return line
                if line["event"] == "end of log":
                    raise AssertionError(f"otp-worker ended before it said {event}: " + self.text)
            return None

        with self.changed:
            line = self.changed.wait_for(found, limit)
        if not line:
            raise AssertionError(f"otp-worker never said {event} {fields}: " + self.text)
        return line

    @property
    def url(self):
        return "http://" + self.await_line("listening")["address"]

    def get(self, path):
        """Status and text."""
        try:
            with urllib.request.urlopen(self.url + path, timeout=PATIENCE) as answer:
                return answer.status, answer.read().decode()
        except urllib.error.HTTPError as error:
            with error:
                return error.code, error.read().decode()

    def is_ready(self):
        return self.get("/readyz")[0] == 200

    def metric(self, name, **labels):
        """The sum of the series with these labels."""
        total = 0.0
        for line in self.get("/metrics")[1].splitlines():
            if re.match(name + r"[{ ]", line) and all(f'{k}="{v}"' in line for k, v in labels.items()):
                total += float(line.rsplit(" ", 1)[1])
        return total

    def ask_to_stop(self):
        self.process.send_signal(signal.SIGTERM)

    def wait(self, limit=PATIENCE):
        """The exit code."""
        code = self.process.wait(limit)
        self.reader.join(PATIENCE)
        return code

    def stop(self):
        self.ask_to_stop()
        return self.wait()

    def kill(self):
        """As kill -9."""
        self.process.kill()
        self.process.wait()

    def end(self):
        """Whatever state it is in."""
        if self.process.poll() is None:
            self.process.kill()
        self.process.wait()
        self.reader.join(PATIENCE)
        self.process.stderr.close()
        self.process.stdout.close()
