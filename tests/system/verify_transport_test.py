#!/usr/bin/python3
"""How otp-verify meets the network: slow clients, many connections, restarts, proxies and browsers."""
import http.client
import os
import socket
import threading
import time
import unittest

from verify_service import LIMIT, Verify, World, eventually, new_number

HEAD = b"POST /v1/check HTTP/1.1\r\nHost: otp.example.com\r\n"
APP = "https://app.example.com"


class Case(unittest.TestCase):
    settings = {}

    @classmethod
    def setUpClass(cls):
        cls.world = World(**cls.settings)
        cls.addClassCleanup(cls.world.close)

    def start(self, **more):
        verify = Verify(self.world.database, self.world.vhost.url(), **more)
        self.addCleanup(verify.kill)
        return verify

    def call(self, *given, **more):
        return self.world.verify.call(*given, **more)


def threads_of(work, count):
    threads = [threading.Thread(target=work, args=(n,)) for n in range(count)]
    for thread in threads:
        thread.start()
    return threads


class slow_clients(Case):
    """A head or a body has 10 s in all; each case would end sooner if the time ran anew with every byte."""

    def trickled(self, at_once, byte):
        """What comes back, and after how long, to a client that sends a byte every 0.3 s."""
        with socket.create_connection(self.world.verify.address, LIMIT) as connection:
            connection.sendall(at_once)
            connection.settimeout(0.3)
            began, got = time.monotonic(), b""
            while time.monotonic() - began < LIMIT:
                try:
                    more = connection.recv(4096)
                    if not more:
                        break
                    got += more
                except TimeoutError:
                    try:
                        connection.sendall(byte)
                    except OSError:
                        break
            return got, time.monotonic() - began

    def test_a_trickle_of_bytes_is_given_up_and_others_are_served_meanwhile(self):
        cases = {"head": (HEAD, b"X"), "body": (HEAD + b"Content-Length: 1000\r\n\r\n", b" "),
                 "chunks": (HEAD + b"Transfer-Encoding: chunked\r\n\r\n", b"0"), "extension": (HEAD + b"Transfer-Encoding: chunked\r\n\r\n1;", b"a")}
        results = {}
        threads = [threading.Thread(target=lambda n=name, c=case: results.update({n: self.trickled(*c)})) for name, case in cases.items()]
        for thread in threads:
            thread.start()
        while any(thread.is_alive() for thread in threads):
            began = time.monotonic()
            self.assertEqual(self.call("GET", "/livez").status, 200)
            self.assertLess(time.monotonic() - began, 5)
            time.sleep(0.2)
        for name, (got, took) in results.items():
            self.assertTrue(got.startswith(b"HTTP/1.1 408 "), (name, got))
            self.assertIn(b"Connection: close\r\n", got)
            self.assertTrue(9 < took < 15, (name, took))

    def test_a_thousand_connections_that_say_nothing_keep_nobody_out(self):
        held = [socket.create_connection(self.world.verify.address, LIMIT) for _ in range(1000)]
        try:
            for connection in held[::2]:
                connection.sendall(HEAD)
            self.assertEqual(self.call("GET", "/livez").status, 200)
        finally:
            for connection in held:
                connection.close()
        eventually("all are gone", lambda: len(os.listdir(f"/proc/{self.world.verify.process.pid}/fd")) < 200)


class many_connections(Case):
    settings = {"OTP_CONNECTIONS_OF_ADDRESS": "5", "OTP_TRUSTED_PROXIES": "127.0.0.3"}

    def connect(self, address):
        connection = socket.create_connection(self.world.verify.address, LIMIT, (address, 0))
        self.addCleanup(connection.close)
        return connection

    def is_served(self, connection):
        try:
            connection.sendall(b"GET /livez HTTP/1.1\r\nHost: a\r\n\r\n")
            return connection.recv(4096).startswith(b"HTTP/1.1 200 ")
        except ConnectionError:
            return False

    def test_of_one_address_are_bounded_and_others_have_their_own(self):
        held = [self.connect("127.0.0.1") for _ in range(5)]
        self.assertEqual([self.is_served(c) for c in held], [True] * 5)
        self.assertFalse(self.is_served(self.connect("127.0.0.1")))
        self.assertTrue(self.is_served(self.connect("127.0.0.2")))
        self.assertEqual([self.is_served(c) for c in held], [True] * 5)     # those it has go on
        held[0].close()
        eventually("there is room again", lambda: self.is_served(self.connect("127.0.0.1")))

    def test_of_a_trusted_proxy_are_not_bounded(self):
        held = [self.connect("127.0.0.3") for _ in range(20)]
        self.assertEqual([self.is_served(c) for c in held], [True] * 20)


class pipelines(Case):
    def test_a_hundred_requests_in_one_write_are_answered_in_order(self):
        one = b"GET /v1/nothing-%03d HTTP/1.1\r\nHost: a\r\n\r\n"
        last = b"GET /livez HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n"
        with socket.create_connection(self.world.verify.address, LIMIT) as connection:
            wire = b"".join(b"GET /livez HTTP/1.1\r\nHost: a\r\n\r\n" if n % 2 else one % n for n in range(100)) + last
            connection.sendall(wire)
            got = b""
            while more := connection.recv(65536):
                got += more
        statuses = [int(part[:3]) for part in got.split(b"HTTP/1.1 ")[1:]]
        self.assertEqual(statuses, [404, 200] * 50 + [200])


class headers(Case):
    def test_stand_on_every_answer(self):
        raw = b"nonsense\r\n\r\n"
        with socket.create_connection(self.world.verify.address, LIMIT) as connection:
            connection.sendall(raw)
            refused = b"".join(iter(lambda: connection.recv(4096), b"")).decode()
        lines = [refused, *(str(self.call(method, path).headers) for method, path in
                            (("GET", "/livez"), ("GET", "/nothing"), ("POST", "/livez"), ("POST", "/v1/check"), ("POST", "/send-otp")))]
        for text in lines:
            self.assertIn("X-Content-Type-Options: nosniff", text)
            self.assertIn("Cache-Control: no-store", text)
            self.assertIn("Referrer-Policy: no-referrer", text)
            self.assertNotIn("Access-Control", text)
            self.assertNotIn("Server:", text)

    def test_of_a_page_say_what_it_may_load(self):
        for path in ("/docs", "/redoc"):
            a = self.call("GET", path)
            self.assertEqual(a.status, 200)
            self.assertIn("default-src", a.headers["Content-Security-Policy"])


class browsers(Case):
    settings = {"OTP_CORS_ORIGINS": APP + ", http://localhost:3000"}

    def preflight(self, origin, path="/verify-otp", verify=None):
        asked = {"Origin": origin, "Access-Control-Request-Method": "POST", "Access-Control-Request-Headers": "authorization,content-type"}
        return (verify or self.world.verify).call("OPTIONS", path, headers=asked)

    def test_of_a_listed_origin_may_call(self):
        for path, methods in (("/verify-otp", "POST"), ("/verify-otp/", "POST"), ("/v1/check", "POST"), ("/send-otp", "POST")):
            a = self.preflight(APP, path)
            self.assertEqual((a.status, a.headers["Access-Control-Allow-Origin"], a.headers["Access-Control-Allow-Methods"]), (204, APP, methods))
            self.assertIn("Authorization, Content-Type", a.headers["Access-Control-Allow-Headers"])
            self.assertNotIn("Access-Control-Allow-Credentials", a.headers)

    def test_read_every_answer_refusals_too(self):
        for key, status in ((self.world.key, 400), ("unknown", 401)):
            a = self.call("POST", "/verify-otp", {}, key, headers={"Origin": APP})
            self.assertEqual((a.status, a.headers["Access-Control-Allow-Origin"], a.headers["Vary"]), (status, APP, "Origin"))
            self.assertEqual(a.headers["Access-Control-Expose-Headers"], "Retry-After")

    def test_of_another_origin_may_not(self):
        for origin in ("https://evil.example", APP + ".evil.example", "null"):
            for a in (self.preflight(origin), self.call("POST", "/verify-otp", {}, self.world.key, headers={"Origin": origin})):
                self.assertNotIn("Access-Control-Allow-Origin", a.headers)
                self.assertEqual(a.headers["Vary"], "Origin")

    def test_may_call_nothing_where_no_origin_is_listed(self):
        closed = self.start()
        a = self.preflight(APP, verify=closed)
        self.assertEqual((a.status, a.headers["Allow"]), (405, "POST"))
        for name in a.headers:
            self.assertFalse(name.startswith("Access-Control"), name)


class proxies(Case):
    settings = {"OTP_LIMIT_PEER_ADDRESS": "yes", "OTP_TRUSTED_PROXIES": "127.0.0.0/8, 10.0.0.0/8", "OTP_RESEND_SECONDS": "0"}

    def client_of(self, verify, forwarded):
        number = new_number()
        a = verify.call("POST", "/send-otp", {"phone_number": number}, self.world.key, headers={"X-Forwarded-For": forwarded} if forwarded else {})
        self.assertEqual(a.status, 200, a.text)
        return self.world.db.one("select client_ip from otp.delivery where number = %s", number)

    def test_name_the_client_and_what_stands_left_of_it_is_not_believed(self):
        for forwarded, client in (("198.51.100.7", "198.51.100.7"), ("1.2.3.4, 198.51.100.7", "198.51.100.7"),
                                  ("198.51.100.7, 10.0.0.2", "198.51.100.7"), ("2001:db8:0:1::7", "2001:db8:0:1::"), (None, "127.0.0.1"), ("x", "127.0.0.1")):
            self.assertEqual(self.client_of(self.world.verify, forwarded), client, forwarded)

    def test_are_believed_nothing_where_none_is_trusted(self):
        self.assertEqual(self.client_of(self.start(OTP_LIMIT_PEER_ADDRESS="yes"), "198.51.100.7"), "127.0.0.1")

    def test_and_peers_are_not_looked_at_unless_asked_for(self):
        self.assertIsNone(self.client_of(self.start(), "198.51.100.7"))

    def test_one_client_gets_60_texts_an_hour(self):
        forwarded = {"X-Forwarded-For": "198.51.100.60"}
        answers = [self.world.post("/send-otp", {"phone_number": new_number()}, headers=forwarded) for _ in range(61)]
        self.assertEqual([a.status for a in answers], [200] * 60 + [429])
        self.assertEqual(set(answers[-1].json), {"success", "error", "message", "retry_after"})
        self.assertEqual((answers[-1].json["error"], answers[-1].headers["Retry-After"]), ("rate_limited", str(answers[-1].json["retry_after"])))
        self.assertEqual(self.world.post("/send-otp", {"phone_number": new_number()}, headers={"X-Forwarded-For": "198.51.100.61"}).status, 200)

    def test_all_addresses_of_an_ipv6_network_are_one_client(self):
        hosts = [f"2001:db8:0:2::{host:x}" for host in range(61)] + ["2001:db8:0:3::1"]
        answers = [self.world.post("/send-otp", {"phone_number": new_number()}, headers={"X-Forwarded-For": host}) for host in hosts]
        self.assertEqual([a.status for a in answers], [200] * 60 + [429, 200])


class restarts(Case):
    def activated(self, listener):
        """As a service manager starts it, with a socket that outlives it."""
        handed = str(listener.fileno())
        words = ("bash", "-c", 'export LISTEN_PID=$$ LISTEN_FDS=1; exec "$1" 3<&' + handed, "bash")
        return self.start(launcher=words, pass_fds=(listener.fileno(),))

    def test_drop_nothing_where_the_socket_outlives_the_process(self):
        listener = socket.create_server(("127.0.0.1", 0), backlog=512)
        self.addCleanup(listener.close)
        verify, over, failed, served = self.activated(listener), threading.Event(), [], [0, 0]
        self.assertEqual(verify.address, listener.getsockname())

        def fresh(_):
            while not over.is_set():
                connection = http.client.HTTPConnection(*verify.address, timeout=LIMIT)
                ask(connection, 0, {"Connection": "close"})
                connection.close()

        def kept(_):
            connection = http.client.HTTPConnection(*verify.address, timeout=LIMIT)
            while not over.is_set():
                ask(connection, 1, {})   # http.client connects anew after an answer that says close
                time.sleep(0.005)
            connection.close()

        def ask(connection, kind, fields):
            try:
                connection.request("GET", "/livez", headers=fields)
                answer = connection.getresponse()
                answer.read()
                served[kind] += answer.status == 200
            except (OSError, http.client.HTTPException) as error:
                failed.append(repr(error))
                connection.close()
        threads = threads_of(fresh, 3) + threads_of(kept, 3)
        try:
            for _ in range(3):
                before = list(served)
                eventually("both kinds are served", lambda: all(now > then + 20 for now, then in zip(served, before)))
                self.assertEqual(verify.stop(), 0)
                verify = self.activated(listener)
            before = list(served)
            eventually("both kinds are served", lambda: all(now > then + 20 for now, then in zip(served, before)))
        finally:
            over.set()
            for thread in threads:
                thread.join()
        print(f"3 restarts, {served[0]} new and {served[1]} kept connections' requests served, {len(failed)} dropped", flush=True)
        self.assertEqual(failed, [])

    def test_with_open_access_need_the_inherited_socket_on_loopback(self):
        listener = socket.create_server(("0.0.0.0", 0))
        self.addCleanup(listener.close)
        words = ("bash", "-c", 'export LISTEN_PID=$$ LISTEN_FDS=1; exec "$1" 3<&' + str(listener.fileno()), "bash")
        open_one = self.start(wait=False, launcher=words, pass_fds=(listener.fileno(),), OTP_AUTH="off")
        self.assertEqual(open_one.ended(), 78)

    def test_several_processes_share_a_port(self):
        host, port = self.world.verify.address
        others = [self.start(OTP_LISTEN=f"{host}:{port}") for _ in range(2)]

        def served(pid):
            return len([name for name in os.listdir(f"/proc/{pid}/fd") if os.readlink(f"/proc/{pid}/fd/{name}").startswith("socket:")])
        pids = [v.process.pid for v in (self.world.verify, *others)]
        before = [served(pid) for pid in pids]
        held = [socket.create_connection((host, port), LIMIT) for _ in range(60)]
        eventually("each has some", lambda: all(served(pid) > count + 5 for pid, count in zip(pids, before)))
        for connection in held:
            connection.close()
        for other in others:
            self.assertEqual(other.stop(), 0)
        self.assertEqual([self.call("GET", "/livez").status for _ in range(20)], [200] * 20)

    def test_a_port_is_not_shared_with_one_that_wants_it_alone(self):
        alone = self.start(OTP_REUSE_PORT="no")
        second = self.start(wait=False, OTP_LISTEN="%s:%d" % alone.address)
        self.assertEqual(second.ended(), 78)
        self.assertIn("OTP_LISTEN: cannot listen on", "".join(second.log))


if __name__ == "__main__":
    unittest.main()
