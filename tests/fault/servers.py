"""PostgreSQL and RabbitMQ of a test's own, which it may stop, kill and start again."""

import os
import shutil
import signal
import subprocess
import sys
import tempfile

ROOT = os.path.abspath(os.path.join(os.path.dirname(__file__), "..", ".."))
sys.path.insert(0, os.path.join(ROOT, "tests", "system"))
from programs import environment, need  # noqa: E402

PATIENCE = 180  # seconds; a broker starts in eight on a free machine
OF_SERVERS = (
    "AMQP_URL", "AMQPS_URL", "RABBITMQ_MANAGEMENT_URL", "DATABASE_URL", "WORKER_DATABASE_URL", "VERIFY_DATABASE_URL",
    "AUDITOR_DATABASE_URL", "POSTGRES_DATA_DIR", "RABBITMQ_DATA_DIR", "DEVSTACK_LOG_DIR", "CA_FILE",
)


class PrivateServers:
    """A devstack of its own. While it lives, the environment of this process names its servers, so that what a `StackTest` makes is
    made there. `stop()` puts everything back."""

    def __init__(self):
        self.folder = tempfile.mkdtemp(prefix="otp-fault-")
        self._before = {name: os.environ.get(name) for name in OF_SERVERS}
        try:
            self._devstack("up")
            lines = self._devstack("env")
            done = subprocess.run(["bash", "-c", 'eval "$1"; env -0', "-", lines], capture_output=True, check=True, text=True)
            told = dict(entry.split("=", 1) for entry in done.stdout.split("\0") if entry)
            os.environ.update({name: told[name] for name in OF_SERVERS})
        except BaseException:
            self.stop_all()
            raise

    def _devstack(self, *words):
        # By the caller's settings this would be a stack for another's programs.
        settings = {"DEVSTACK_DIR": os.path.join(self.folder, "stack"), "OTP_BUILD_DIR": os.path.abspath(need("OTP_BUILD_DIR"))}
        done = subprocess.run(
            [os.path.join(ROOT, "scripts", "devstack"), *words],
            env=environment(settings), cwd=ROOT, capture_output=True, text=True, timeout=PATIENCE,
        )
        if done.returncode != 0:
            raise RuntimeError(f"scripts/devstack {' '.join(words)}: {done.stdout}{done.stderr}")
        return done.stdout

    def pid(self, name):
        """Of "postgres", "rabbitmq" or "epmd"; None where it does not run."""
        for line in self._devstack("status").splitlines():
            found, pid, _, state = line.split()
            if found == name and state == "running":
                return int(pid)
        return None

    def start(self, name):
        """Ends when it takes connections."""
        self._devstack("start", name)

    def stop(self, name):
        """In good order: PostgreSQL by a fast shutdown."""
        self._devstack("stop", name)

    def kill(self, name, with_signal=signal.SIGKILL):
        """By default without a chance to say good-bye. SIGQUIT is PostgreSQL's immediate shutdown."""
        os.kill(self.pid(name), with_signal)

    def rabbitmqctl(self, *words):
        """What it said. Takes a second or two."""
        for line in self._devstack("status").splitlines():
            name, _, address, _ = line.split()
            if name == "epmd":
                epmd_port = address.rsplit(":", 1)[1]
        home = os.path.join(os.path.dirname(os.environ["POSTGRES_DATA_DIR"]), "rabbitmq", "home")
        as_server = ["setpriv", "--reuid=postgres", "--regid=postgres", "--init-groups"] if os.geteuid() == 0 else []
        settings = {
            "PATH": os.environ["PATH"], "LANG": "C.UTF-8", "HOME": home, "ERL_EPMD_PORT": epmd_port,
            "RABBITMQ_CONF_ENV_FILE": "/dev/null", "RABBITMQ_NODENAME": "otp@127.0.0.1", "RABBITMQ_USE_LONGNAME": "true",
        }
        done = subprocess.run(
            [*as_server, "/usr/lib/rabbitmq/bin/rabbitmqctl", "-n", "otp@127.0.0.1", "-l", *words],
            env=settings, cwd="/", capture_output=True, text=True, timeout=PATIENCE,
        )
        if done.returncode != 0:
            raise RuntimeError(f"rabbitmqctl {' '.join(words)}: {done.stdout}{done.stderr}")
        return done.stdout

    def log(self, name):
        with open(os.path.join(self.folder, "stack", "log", name + ".log"), encoding="utf-8", errors="replace") as file:
            return file.read()

    def stop_all(self):
        try:
            self._devstack("down")
        finally:
            for name, value in self._before.items():
                if value is None:
                    os.environ.pop(name, None)
                else:
                    os.environ[name] = value
            shutil.rmtree(self.folder, ignore_errors=True)
