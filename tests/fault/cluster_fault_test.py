"""A cluster of three RabbitMQ nodes loses the one that leads otp.send in the middle of the work: killed, and cut off from the network.
Workers that know all three addresses go on with the next leader; nothing is lost or doubled."""

import namespaces

if __name__ == "__main__":
    namespaces.enter("net")

import os
import tempfile
import time
import unittest.mock
from datetime import datetime

from broker_cluster import BrokerCluster
from fault_test import BACK_WITHIN, FaultTest, main
from postgres_server import PASSWORD, PostgresServer
from programs import await_that, with_path

QUEUE = "otp.send"


class ClusterFault(FaultTest):
    workers_at_start = 0

    @classmethod
    def setUpClass(cls):
        folder = cls.enterClassContext(tempfile.TemporaryDirectory(prefix="otp-cluster."))
        os.chmod(folder, 0o711)
        cls.cluster = BrokerCluster(folder)
        cls.addClassCleanup(cls.cluster.stop)
        cls.cluster.start()
        cls.server = PostgresServer(os.path.join(folder, "postgres"))
        cls.server.make()
        cls.server.start()
        cls.addClassCleanup(cls.server.crash)
        cls.server.rows(f"create role otp_worker login password '{PASSWORD}'")
        first = cls.cluster.nodes[0]
        cls.enterClassContext(unittest.mock.patch.dict(
            os.environ, DATABASE_URL=cls.server.url(), WORKER_DATABASE_URL=cls.server.url(user="otp_worker"),
            AMQP_URL=first.url(), AMQPS_URL=first.url(), RABBITMQ_MANAGEMENT_URL=first.management_url()))
        super().setUpClass()

    def setUp(self):
        super().setUp()
        self.cluster.await_whole()
        self.leader = self.cluster.leader(QUEUE)
        self.others = [node for node in self.cluster.nodes if node is not self.leader]
        self.talk_to(self.others[0])
        # One is connected to the node that will be lost, one to another.
        self.workers[:] = [self.start_worker_at(self.leader, *self.others), self.start_worker_at(*self.others, self.leader)]
        for worker in self.workers:
            self.addCleanup(worker.end)
            await_that(worker.is_ready, "the worker is ready")

    def start_worker_at(self, *nodes):
        return self.start_worker(AMQP_URL=",".join(with_path(node.url(), self.broker.name) for node in nodes))

    def talk_to(self, node):
        """Producer and listener are connected there."""
        self.broker.connection.close()
        self.broker.url = with_path(node.url(), self.broker.name)
        os.environ["RABBITMQ_MANAGEMENT_URL"] = node.management_url()
        self.broker.connect()

    def lose_the_leader(self, by):
        """In the middle of the work; ends when the worker that was connected to it consumes at another, soon after that was elected.
        No worker may say in between that it is ready: neither the one that was cut off, nor the one whose broker has no leader."""
        self.enqueue()
        self.await_done(0.3)
        before = len(self.elections())
        lines = len(self.worker.log)
        with self.watch_ready() as fault:
            lost_at = time.time()
            by()
            self.assertFalse(self.worker.is_ready(), "ready with its broker gone")
            await_that(lambda: len(self.elections()) > before, "another leader is elected")
            fault.ended()
            self.assertLess(self.done(), self.count, "all was done before the fault: the test proves nothing")
            back_at = await_that(lambda: self.consuming_since(lines), "the worker that was connected to it consumes again")
        elected_at = max(self.elections())
        print(f"another leader {elected_at - lost_at:.1f} s after the fault, and the worker consumes there "
              f"{back_at - elected_at:.1f} s later", flush=True)
        self.assertLess(back_at - elected_at, BACK_WITHIN)
        for worker in self.workers:
            await_that(worker.is_ready, "the worker is ready")

    def elections(self):
        return [at for node in self.others for at in node.elections_won(QUEUE)]

    def consuming_since(self, lines):
        """When the worker that lost its broker subscribed again, by its log."""
        for line in self.worker.log[lines:]:
            if line["event"] == "consuming":
                return datetime.fromisoformat(line["ts"]).timestamp()
        return None

    def test_1_where_the_leader_is_killed_workers_go_on_with_the_next_and_it_may_come_back(self):
        self.lose_the_leader(self.leader.kill)
        self.leader.start()
        self.audit()
        self.leader.await_started()

    def test_2_where_the_leaders_network_is_cut_workers_go_on_with_the_next_and_it_may_come_back(self):
        self.lose_the_leader(self.leader.cut_off)
        self.await_done(1)
        self.leader.reconnect()
        self.audit()


if __name__ == "__main__":
    main()
