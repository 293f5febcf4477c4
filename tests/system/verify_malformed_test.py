#!/usr/bin/python3
"""Raw bytes that no well-behaved client sends, and what otp-verify answers: one refusal and the end of the connection, or one answer
for each request that it understood, and never one for a request that was hidden in another."""
import re
import socket
import unittest

from verify_service import LIMIT, World, new_id, new_number

HOST = b"Host: otp.example.com\r\n"
LIVE = b"GET /livez HTTP/1.1\r\n" + HOST + b"\r\n"
HIDDEN = b"GET /readyz HTTP/1.1\r\n" + HOST + b"\r\n"   # what an attacker wants answered
LAST = b"GET /livez HTTP/1.1\r\n" + HOST + b"Connection: close\r\n\r\n"


def get(fields=b"", target=b"/livez", version=b"HTTP/1.1", method=b"GET", host=HOST):
    return method + b" " + target + b" " + version + b"\r\n" + host + fields + b"\r\n"


def post(fields, body=b"", path=b"/v1/check"):
    return get(fields, path, method=b"POST") + body


def chunked(body):
    return post(b"Transfer-Encoding: chunked\r\n", body)


# name, bytes, status: refused, and the connection ends.
REFUSED = [
    # the first line
    ("no version", b"GET /livez\r\n" + HOST + b"\r\n", 400),
    ("nothing but a version", b"HTTP/1.1\r\n" + HOST + b"\r\n", 400),
    ("no target", b"GET HTTP/1.1\r\n" + HOST + b"\r\n", 400),
    ("HTTP/2.0", get(version=b"HTTP/2.0"), 505),
    ("the preface of HTTP/2", b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", 505),
    ("HTTP/0.9", get(version=b"HTTP/0.9"), 505),
    ("a version in lower case", get(version=b"http/1.1"), 400),
    ("a version of two digits", get(version=b"HTTP/1.10"), 400),
    ("a version with a space", get(version=b"HTTP/1.1 "), 400),
    ("another protocol", get(version=b"ICAP/1.0"), 400),
    ("two spaces before the target", get(target=b" /livez"), 400),
    ("a tab for a space", b"GET\t/livez\tHTTP/1.1\r\n" + HOST + b"\r\n", 400),
    ("a space in the target", get(target=b"/li vez"), 400),
    ("a control character in the target", get(target=b"/li\x01vez"), 400),
    ("NUL in the target", get(target=b"/li\x00vez"), 400),
    ("a byte over 127 in the target", get(target=b"/li\xffvez"), 400),
    ("a fragment in the target", get(target=b"/livez#x"), 400),
    ("a target without a slash", get(target=b"livez"), 400),
    ("CONNECT", get(target=b"otp.example.com:443", method=b"CONNECT"), 400),
    ("the absolute form of another scheme", get(target=b"ftp://otp.example.com/livez"), 400),
    ("a method that is no token", get(method=b"G(T"), 400),
    ("an empty method", b" /livez HTTP/1.1\r\n" + HOST + b"\r\n", 400),
    ("a line feed alone", b"GET /livez HTTP/1.1\nHost: otp.example.com\n\n", 400),
    ("a line feed alone at the end", b"GET /livez HTTP/1.1\r\nHost: otp.example.com\r\n\n", 400),
    ("a carriage return alone", b"GET /livez HTTP/1.1\rHost: otp.example.com\r\r\n\r\n", 400),
    ("TLS on a plain port", b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03\r\n\r\n", 400),
    # fields
    ("no Host", get(host=b""), 400),
    ("two Hosts", get(b"Host: other.example.com\r\n"), 400),
    ("the same Host twice", get(HOST), 400),
    ("a Host with a user", get(host=b"Host: a@b\r\n"), 400),
    ("a Host with a path", get(host=b"Host: a/b\r\n"), 400),
    ("a Host with a space", get(host=b"Host: a b\r\n"), 400),
    ("two Hosts in one", get(host=b"Host: a, b\r\n"), 400),
    ("a folded line", get(b"X-A: 1\r\n 2\r\n"), 400),
    ("a folded first line", b"GET /livez HTTP/1.1\r\n " + HOST + b"\r\n", 400),
    ("a space before the colon", get(b"X-A : 1\r\n"), 400),
    ("no colon", get(b"X-A\r\n"), 400),
    ("an empty name", get(b": 1\r\n"), 400),
    ("a name that is no token", get(b"X(A): 1\r\n"), 400),
    ("NUL in a name", get(b"X\x00A: 1\r\n"), 400),
    ("NUL in a value", get(b"X-A: 1\x002\r\n"), 400),
    ("a carriage return in a value", get(b"X-A: 1\r2\r\n"), 400),
    ("a line feed in a value", get(b"X-A: 1\n2\r\n"), 400),
    ("DEL in a value", get(b"X-A: \x7f\r\n"), 400),
    ("a huge field", get(b"X-A: " + b"a" * 9000 + b"\r\n"), 431),
    ("a huge target", get(target=b"/" + b"a" * 9000), 431),
    ("101 fields", get(b"A: 1\r\n" * 101), 431),
    ("a head without an end", b"GET /livez HTTP/1.1\r\n" + b"X-A: 1\r\n" * 2000, 431),
    ("an unknown expectation", post(b"Expect: coffee\r\nContent-Length: 2\r\n", b"{}"), 417),
    # lengths
    ("two lengths", post(b"Content-Length: 2\r\nContent-Length: 3\r\n", b"{} "), 400),
    ("the same length twice", post(b"Content-Length: 2\r\nContent-Length: 2\r\n", b"{}"), 400),
    ("a list of lengths", post(b"Content-Length: 2, 2\r\n", b"{}"), 400),
    ("a negative length", post(b"Content-Length: -1\r\n", b"{}"), 400),
    ("a length with a sign", post(b"Content-Length: +2\r\n", b"{}"), 400),
    ("a length in hexadecimal", post(b"Content-Length: 0x2\r\n", b"{}"), 400),
    ("a length with a point", post(b"Content-Length: 2.0\r\n", b"{}"), 400),
    ("a length in words", post(b"Content-Length: two\r\n", b"{}"), 400),
    ("no digits for a length", post(b"Content-Length: \r\n", b"{}"), 400),
    ("a length with a space inside", post(b"Content-Length: 1 2\r\n", b"{}"), 400),
    ("a length beyond all numbers", post(b"Content-Length: 99999999999999999999\r\n", b"{}"), 400),
    ("a length that wraps around", post(b"Content-Length: 18446744073709551618\r\n", b"{}"), 400),
    ("a body that is too long", post(b"Content-Length: 16385\r\n", b"{}"), 413),
    # chunks
    ("chunks of HTTP/1.0", b"POST /v1/check HTTP/1.0\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n", 400),
    ("no chunk size", chunked(b"\r\n"), 400),
    ("a chunk size that is no number", chunked(b"g\r\n"), 400),
    ("a chunk size with 0x", chunked(b"0x2\r\n{}\r\n0\r\n\r\n"), 400),
    ("a chunk size with a sign", chunked(b"+2\r\n{}\r\n0\r\n\r\n"), 400),
    ("a negative chunk size", chunked(b"-2\r\n{}\r\n0\r\n\r\n"), 400),
    ("a space before a chunk size", chunked(b" 2\r\n{}\r\n0\r\n\r\n"), 400),
    ("an underscore in a chunk size", chunked(b"0_2\r\n{}\r\n0\r\n\r\n"), 400),
    ("a chunk size that wraps around", chunked(b"10000000000000002\r\n{}\r\n0\r\n\r\n"), 413),
    ("a chunk that is too long", chunked(b"4001\r\n"), 413),
    ("a chunk longer than its size", chunked(b"2\r\n{}x\r\n0\r\n\r\n"), 400),
    ("a line feed alone after a chunk size", chunked(b"2\n{}\r\n0\r\n\r\n"), 400),
    ("a line feed alone after a chunk", chunked(b"2\r\n{}\n0\r\n\r\n"), 400),
    ("a line feed alone in an extension", chunked(b"2;a\nb\r\n{}\r\n0\r\n\r\n"), 400),
    ("an endless extension", chunked(b"2;" + b"a" * 5000 + b"\r\n{}\r\n0\r\n\r\n"), 400),
    ("endless trailers", chunked(b"0\r\n" + b"A: 1\r\n" * 1000 + b"\r\n"), 400),
]

# The same, with a second request where a less careful reader would find one.
SMUGGLED = [
    ("length and chunks, the length wins", post(b"Content-Length: 5\r\nTransfer-Encoding: chunked\r\n", b"0\r\n\r\n" + HIDDEN), 400),
    ("chunks and length, the chunks win", post(b"Transfer-Encoding: chunked\r\nContent-Length: 4\r\n", b"5c\r\n" + HIDDEN), 400),
    ("length 0 and chunks", post(b"Content-Length: 0\r\nTransfer-Encoding: chunked\r\n", b"0\r\n\r\n" + HIDDEN), 400),
    ("a coding with a space before the colon", post(b"Transfer-Encoding : chunked\r\nContent-Length: 5\r\n", b"0\r\n\r\n" + HIDDEN), 400),
    ("a coding with a vertical tab", post(b"Transfer-Encoding:\x0bchunked\r\n", b"0\r\n\r\n" + HIDDEN), 400),
    ("a coding on a folded line", post(b"Transfer-Encoding:\r\n chunked\r\n", b"0\r\n\r\n" + HIDDEN), 400),
    ("a coding behind a line feed", post(b"X-A: b\nTransfer-Encoding: chunked\r\n", b"0\r\n\r\n" + HIDDEN), 400),
    ("a coding behind a carriage return", post(b"X-A: b\rTransfer-Encoding: chunked\r\n", b"0\r\n\r\n" + HIDDEN), 400),
    ("an unknown coding", post(b"Transfer-Encoding: xchunked\r\n", b"0\r\n\r\n" + HIDDEN), 501),
    ("identity", post(b"Transfer-Encoding: identity\r\nContent-Length: 5\r\n", b"0\r\n\r\n" + HIDDEN), 501),
    ("gzip and chunks", post(b"Transfer-Encoding: gzip, chunked\r\n", b"0\r\n\r\n" + HIDDEN), 501),
    ("chunks and identity", post(b"Transfer-Encoding: chunked, identity\r\n", b"0\r\n\r\n" + HIDDEN), 501),
    ("chunks twice", post(b"Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n", b"0\r\n\r\n" + HIDDEN), 501),
    ("chunks and another field of the name", post(b"Transfer-Encoding: chunked\r\nTransfer-Encoding: x\r\n", b"0\r\n\r\n" + HIDDEN), 501),
    ("a quoted coding", post(b"Transfer-Encoding: \"chunked\"\r\n", b"0\r\n\r\n" + HIDDEN), 501),
    ("two lengths, the first short", post(b"Content-Length: 0\r\nContent-Length: 60\r\n", HIDDEN), 400),
    ("two lengths in one field", post(b"Content-Length: 0, 60\r\n", HIDDEN), 400),
    ("a request behind a refused one", get(host=b"") + HIDDEN, 400),
    ("a request behind a body too long", post(b"Content-Length: 20000\r\n", HIDDEN), 413),
    ("a request behind a broken chunk", chunked(b"zz\r\n" + HIDDEN), 400),
    ("a request in a trailer too long", chunked(b"0\r\nX-A: " + b"a" * 5000 + b"\r\n" + HIDDEN), 400),
    ("a request behind a folded line", get(b"X-A: 1\r\n \r\n") + HIDDEN, 400),
]

# Odd, and right: name, bytes, the statuses. The connection stays, and what comes next is answered.
UNDERSTOOD = [
    ("two requests at once", LIVE + LIVE, [200, 200]),
    ("empty lines before a request", b"\r\n\r\n" + LIVE, [200]),
    ("the absolute form", get(target=b"http://otp.example.com/livez"), [200]),
    ("an empty Host", get(host=b"Host:\r\n"), [200]),
    ("a Host of IPv6", get(host=b"Host: [::1]:8080\r\n"), [200]),
    ("tabs around a value", get(b"X-A:\t1\t\r\n"), [200]),
    ("a body with GET, that looks like a request", get(b"Content-Length: %d\r\n" % len(HIDDEN)) + HIDDEN, [200]),
    ("a body that looks like a request", post(b"Content-Length: %d\r\n" % len(HIDDEN), HIDDEN), [401]),
    ("chunks that look like a request", chunked(b"%x\r\n" % len(HIDDEN) + HIDDEN + b"\r\n0\r\n\r\n"), [401]),
    ("a trailer that looks like a request", chunked(b"2\r\n{}\r\n0\r\nGET: /readyz HTTP/1.1\r\n\r\n"), [401]),
    ("an extension of a chunk", chunked(b"2;name=value\r\n{}\r\n0\r\n\r\n"), [401]),
    ("a coding in capitals", post(b"TRANSFER-ENCODING: Chunked\r\n", b"0\r\n\r\n"), [401]),
    ("HEAD", get(method=b"HEAD"), [200]),
    ("an unknown method", get(method=b"BREW"), [405]),
    ("the server as a whole", get(target=b"*", method=b"OPTIONS"), [404]),
    ("a path that climbs", get(target=b"/../../etc/passwd"), [404]),
    ("a path that climbs, encoded", get(target=b"/docs/..%2f..%2fetc%2fpasswd"), [404]),
    ("NUL in a path, encoded", get(target=b"/livez%00"), [404]),
    ("a broken escape in a path", get(target=b"/livez%zz"), [404]),
    ("a wrong path with a body, then a request", post(b"Content-Length: 2\r\n", b"{}", b"/nothing") + LIVE, [404, 200]),
]


def answers_to(address, wire):
    """The statuses of all answers up to the end of the connection, and what was hidden among them."""
    with socket.create_connection(address, LIMIT) as connection:
        try:
            connection.sendall(wire)
        except OSError:
            pass   # it hung up before it had read all; what it said is there
        got = b""
        try:
            while more := connection.recv(65536):
                got += more
        except ConnectionResetError:
            pass
    return [int(s) for s in re.findall(rb"(?:^|(?<=[\n}]))HTTP/1\.1 (\d{3}) ", got)], b'"checks"' in got


class raw_bytes(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.world = World()
        cls.addClassCleanup(cls.world.close)
        cls.address = cls.world.verify.address

    def test_the_hidden_request_would_be_seen_if_it_were_answered(self):
        self.assertEqual(answers_to(self.address, HIDDEN + LAST), ([200, 200], True))

    def test_what_is_malformed_is_refused_once_and_the_connection_ends(self):
        for name, wire, status in REFUSED:
            with self.subTest(name):
                self.assertEqual(answers_to(self.address, wire + LIVE), ([status], False))
        print(f"{len(REFUSED)} malformed requests refused", flush=True)

    def test_no_hidden_request_is_answered(self):
        for name, wire, status in SMUGGLED:
            with self.subTest(name):
                self.assertEqual(answers_to(self.address, wire), ([status], False))
        print(f"{len(SMUGGLED)} smuggled requests left unanswered", flush=True)

    def test_what_is_odd_and_right_is_answered_and_the_connection_stays(self):
        for name, wire, statuses in UNDERSTOOD:
            with self.subTest(name):
                self.assertEqual(answers_to(self.address, wire + LAST), ([*statuses, 200], False))
        print(f"{len(UNDERSTOOD)} odd requests understood", flush=True)

    def test_of_two_keys_or_ids_none_is_chosen(self):
        number = new_number().encode()
        older = b'{"phone_number":"%s"}' % number
        key = b"Authorization: Bearer %s\r\n" % self.world.key.encode()
        ids = b"".join(b"Idempotency-Key: %s\r\n" % new_id().encode() for _ in range(2))
        for path, body in (("/v1/verifications", b'{"to":"%s"}' % number), (f"/v1/verifications/{new_id()}/resend", b"{}"),
                           ("/send-otp", older), ("/otp/generate/", older)):
            sized = b"Content-Length: %d\r\n" % len(body)
            for twice, status in ((key + ids, 400), (key + b"Authorization: Bearer x\r\n", 401), (b"Authorization: Bearer x\r\n" + key, 401)):
                with self.subTest(path=path, status=status):
                    self.assertEqual(answers_to(self.address, post(twice + sized, body, path.encode()) + LAST), ([status, 200], False))
        self.assertEqual(self.world.db.one("select count(*) from otp.delivery where number = %s", number.decode()), 0)

    def test_a_request_cut_off_anywhere_is_not_acted_on(self):
        number = new_number()
        body = b'{"to":"%s"}' % number.encode()
        fields = b"Authorization: Bearer %s\r\nContent-Length: %d\r\n" % (self.world.key.encode(), len(body))
        whole = post(fields, body, b"/v1/verifications")
        for size in range(0, len(whole), 7):
            with socket.create_connection(self.address, LIMIT) as connection:
                connection.sendall(whole[:size])
        self.assertEqual(self.world.db.one("select count(*) from otp.delivery where number = %s", number), 0)

    def test_afterwards_it_serves_as_before(self):
        self.assertEqual(answers_to(self.address, LAST), ([200], False))
        self.assertFalse([line for line in self.world.verify.log if '"event":"bug"' in line])


if __name__ == "__main__":
    unittest.main()
