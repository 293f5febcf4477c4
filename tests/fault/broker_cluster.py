"""Three RabbitMQ nodes that are one cluster, each in a network namespace of its own behind a bridge, so that one can be killed or cut off
from the others and from its clients. Only within namespaces.enter("net")."""

import json
import os
import re
import secrets
import signal
import subprocess
import urllib.request
from datetime import datetime

from namespaces import run
from postgres_server import AS_SERVER, server_folder  # it also knows where `programs` is
from programs import await_that

BRIDGE = "nodes"
NODES = 3
AMQP_PORT, MANAGEMENT_PORT = 5672, 15672
# How long a node that is silent counts as alive to the others: 60 s unless told, as docs/operations.md says.
TICK_SECONDS = 5


class Node:
    def __init__(self, number, folder, cookie, password):
        self.number = number
        self.address = f"10.77.0.{number}"
        self.folder = server_folder(os.path.join(folder, f"node{number}"))
        self.password = password
        self.log_file = os.path.join(self.folder, "broker.log")
        self.process = None
        self._starts = 0
        self._make_network()
        self._write_configuration(cookie)

    @property
    def name(self):
        return "otp@" + self.address

    def url(self):
        return f"amqp://otp:{self.password}@{self.address}:{AMQP_PORT}/%2F"

    def management_url(self):
        return f"http://otp:{self.password}@{self.address}:{MANAGEMENT_PORT}"

    def _make_network(self):
        # The namespace lives as long as somebody is in it; the broker may die.
        self.holder = subprocess.Popen(["unshare", "--net", "sleep", "infinity"])
        ours = os.readlink("/proc/self/ns/net")
        await_that(lambda: os.readlink(f"/proc/{self.holder.pid}/ns/net") != ours, "the node has a network namespace")
        self.inside = ["nsenter", f"--net=/proc/{self.holder.pid}/ns/net"]
        run("ip", "link", "add", f"node{self.number}", "type", "veth", "peer", "name", "eth0", "netns", str(self.holder.pid))
        run("ip", "link", "set", f"node{self.number}", "master", BRIDGE, "up")
        run(*self.inside, "ip", "address", "add", self.address + "/24", "dev", "eth0")
        for device in ("lo", "eth0"):
            run(*self.inside, "ip", "link", "set", device, "up")

    def _write_configuration(self, cookie):
        self._write(".erlang.cookie", cookie, 0o600)
        self._write("enabled_plugins", "[rabbitmq_management].")
        self._write("definitions.json", json.dumps({
            "users": [{"name": "otp", "password": self.password, "tags": "administrator"}],
            "vhosts": [{"name": "/"}],
            "permissions": [{"user": "otp", "vhost": "/", "configure": ".*", "write": ".*", "read": ".*"}],
        }))
        peers = [f"cluster_formation.classic_config.nodes.{n} = otp@10.77.0.{n}" for n in range(1, NODES + 1)]
        self._write("rabbitmq.conf", "\n".join([
            f"listeners.tcp.1 = {self.address}:{AMQP_PORT}",
            f"management.tcp.ip = {self.address}",
            f"management.tcp.port = {MANAGEMENT_PORT}",
            "cluster_formation.peer_discovery_backend = classic_config",
            *peers,
            "cluster_partition_handling = pause_minority",
            "log.file = broker.log",
            "log.file.level = info",
            "disk_free_limit.absolute = 50MB",
            f"load_definitions = {self.folder}/definitions.json",
            "",
        ]))

    def _write(self, name, text, mode=0o644):
        path = os.path.join(self.folder, name)
        with open(path, "w") as file:
            file.write(text)
        os.chmod(path, mode)
        subprocess.run(["chown", "--reference", self.folder, path], check=True)

    def _environment(self):
        return {
            "PATH": os.environ["PATH"], "LANG": "C.UTF-8", "HOME": self.folder, "RABBITMQ_NODENAME": self.name,
            "RABBITMQ_USE_LONGNAME": "true", "RABBITMQ_MNESIA_BASE": self.folder + "/mnesia", "RABBITMQ_LOG_BASE": self.folder,
            "RABBITMQ_CONFIG_FILE": self.folder + "/rabbitmq", "RABBITMQ_CONF_ENV_FILE": "/dev/null",
            "RABBITMQ_ENABLED_PLUGINS_FILE": self.folder + "/enabled_plugins", "RABBITMQ_PID_FILE": self.folder + "/pid",
            # Makes the start script become the broker, so that a kill hits the broker.
            "RUNNING_UNDER_SYSTEMD": "1",
            "RABBITMQ_SERVER_ADDITIONAL_ERL_ARGS": f"+S 1:1 +sbwt none -kernel net_ticktime {TICK_SECONDS}",
        }

    def start(self):
        with open(os.path.join(self.folder, "output"), "a") as log:
            self.process = subprocess.Popen(
                [*self.inside, *AS_SERVER, "/usr/lib/rabbitmq/bin/rabbitmq-server"], env=self._environment(), cwd=self.folder,
                stdin=subprocess.DEVNULL, stdout=log, stderr=log, start_new_session=True)

    def await_started(self):
        def started():
            if self.process.poll() is not None:
                raise RuntimeError(f"{self.name} ended with {self.process.returncode}: {self.log()[-3000:]}")
            return self.log().count("Server startup complete") > self._starts

        await_that(started, self.name + " has started", pause=0.1, limit=120)
        self._starts += 1

    def kill(self):
        """As kill -9."""
        self.process.send_signal(signal.SIGKILL)
        self.process.wait()

    def cut_off(self):
        """As if its cable were pulled."""
        run("ip", "link", "set", f"node{self.number}", "down")

    def reconnect(self):
        run("ip", "link", "set", f"node{self.number}", "up")

    def log(self):
        if not os.path.exists(self.log_file):
            return ""
        with open(self.log_file, errors="replace") as file:
            return file.read()

    def control(self, *words):
        """rabbitmqctl."""
        return run(*self.inside, *AS_SERVER, "/usr/lib/rabbitmq/bin/rabbitmqctl", "--longnames", "--node", self.name, *words,
                   env=self._environment(), cwd=self.folder)

    def elections_won(self, queue):
        """When this node became the leader of that queue, as its log has it."""
        line = r"^(\S+ \S+) \[\w+\] .*queue '" + re.escape(queue) + r"' in vhost '[^']*': candidate -> leader"
        return [datetime.fromisoformat(at).timestamp() for at in re.findall(line, self.log(), re.M)]


class BrokerCluster:
    def __init__(self, folder):
        run("ip", "link", "add", BRIDGE, "type", "bridge")
        run("ip", "address", "add", "10.77.0.254/24", "dev", BRIDGE)
        run("ip", "link", "set", BRIDGE, "up")
        cookie, password = secrets.token_hex(16), secrets.token_hex(16)
        self.nodes = [Node(number, folder, cookie, password) for number in range(1, NODES + 1)]

    def start(self):
        """The first makes the cluster and the others join it; all three at once would wait for each other."""
        first, *others = self.nodes
        first.start()
        first.await_started()
        for node in others:
            node.start()
        for node in others:
            node.await_started()
        self.await_whole()

    def stop(self):
        for node in self.nodes:
            if node.process is not None and node.process.poll() is None:
                node.kill()
            node.holder.kill()
            node.holder.wait()

    def await_whole(self):
        await_that(lambda: all(len(self._running(node)) == NODES for node in self.nodes), "every node sees all three", pause=0.3)

    def _running(self, node):
        login = urllib.request.HTTPPasswordMgrWithDefaultRealm()
        base = f"http://{node.address}:{MANAGEMENT_PORT}"
        login.add_password(None, base, "otp", node.password)
        opener = urllib.request.build_opener(urllib.request.ProxyHandler({}), urllib.request.HTTPBasicAuthHandler(login))
        try:
            with opener.open(base + "/api/nodes?columns=name,running", timeout=5) as answer:
                return [one["name"] for one in json.load(answer) if one["running"]]
        except OSError:
            return []

    def leader(self, queue):
        """The node that won the last election for that queue, once a log tells of one."""

        def won():
            return [(at, node.number) for node in self.nodes for at in node.elections_won(queue)[-1:]]

        return self.nodes[max(await_that(won, f"{queue} has a leader"))[1] - 1]
