"""Each magic number does what docs/sandbox.md says, at its own service and nowhere else."""

import http.client
import socket
import unittest

from sandbox_fixture import ACCOUNT, CONTENT, MESSAGES, SENDER, TOKEN, SandboxTest, basic, wait_until

TWILIO, WHATSAPP, GATEWAY, ALL = "1970555", "1971555", "1972555", "1973555"


class MagicTest(SandboxTest):
    def accepted(self, digits):
        return len(self.sandbox.inbox(to=digits))

    def ends_as(self, digits, status):
        wait_until(lambda: self.newest(to=digits)["status"] == status, f"{digits} is {status}")

    def twilio(self, digits, **fields):
        return self.sandbox.twilio(To="+" + digits, **fields)

    def whatsapp_by_twilio(self, digits, **fields):
        return self.sandbox.twilio(
            To="whatsapp:+" + digits, From="whatsapp:" + SENDER, Body=None, ContentSid=CONTENT,
            ContentVariables='{"1":"482913"}', **fields)

    def whatsapp(self, digits, **fields):
        return self.sandbox.whatsapp(destination=digits, **fields)

    def gateway(self, digits, **fields):
        return self.sandbox.gateway(send_to=digits, **fields)

    def services(self):
        """Each service with its own prefix and with the one of all."""
        for send, prefix in ((self.twilio, TWILIO), (self.whatsapp, WHATSAPP), (self.gateway, GATEWAY)):
            for number in (prefix, ALL):
                with self.subTest(service=send.__name__, prefix=number):
                    yield send, number + "01"


class RefusedAtOnce(MagicTest):
    def test_by_twilio(self):
        for last, status, code in (("01", 400, 21211), ("02", 400, 30450), ("03", 401, 20003), ("04", 400, 21408),
                                   ("05", 400, 21612), ("06", 429, 20429), ("07", 500, 20500), ("08", 503, 20503)):
            for prefix in (TWILIO, ALL):
                answer = self.twilio(prefix + "01" + last)
                self.assertEqual((answer.status, answer.json()["code"]), (status, code))
                self.assertEqual(self.accepted(prefix + "01" + last), 0)
                self.assertEqual(answer.headers["Retry-After"], "2" if last == "06" else None)

    def test_by_gupshup_whatsapp(self):
        for last, status in (("01", 400), ("03", 401), ("04", 400), ("06", 429), ("07", 500), ("08", 503)):
            for prefix in (WHATSAPP, ALL):
                answer = self.whatsapp(prefix + "01" + last)
                self.assertEqual((answer.status, answer.json()["status"]), (status, "error"))
                self.assertEqual(self.accepted(prefix + "01" + last), 0)
                self.assertEqual(answer.headers["Retry-After"], "2" if last == "06" else None)

    def test_by_gupshup_sms(self):
        for last, code in (("01", "105"), ("03", "102"), ("04", "108"), ("06", "322")):
            for prefix in (GATEWAY, ALL):
                answer = self.gateway(prefix + "01" + last)
                body = answer.json()["response"]
                self.assertEqual((answer.status, body["status"], body["id"]), (200, "error", code))
                self.assertEqual(self.accepted(prefix + "01" + last), 0)
        for last, status in (("07", 500), ("08", 503)):
            answer = self.gateway(GATEWAY + "01" + last)
            self.assertEqual(answer.status, status)
            self.assertIn("html", answer.headers["Content-Type"])
            self.assertEqual(self.accepted(GATEWAY + "01" + last), 0)

    def test_no_number_teaches_another_service(self):
        self.assertEqual(self.twilio(WHATSAPP + "0101").status, 201)
        self.assertEqual(self.twilio(GATEWAY + "0107").status, 201)
        self.assertEqual(self.whatsapp(TWILIO + "0101").status, 202)
        self.assertEqual(self.gateway(TWILIO + "0107").status, 200)

    def test_neighbours_are_ordinary(self):
        for last in ("00", "20", "99"):
            self.assertEqual(self.twilio(TWILIO + "01" + last).status, 201)


class RefusedLater(MagicTest):
    def test_by_twilio_on_whatsapp(self):
        self.assertEqual(self.whatsapp_by_twilio(TWILIO + "0105").status, 201)
        self.ends_as(TWILIO + "0105", "undelivered")

    def test_by_gupshup_whatsapp(self):
        for last, end in (("02", "failed"), ("05", "failed")):
            self.assertEqual(self.whatsapp(WHATSAPP + "01" + last).status, 202)
            self.ends_as(WHATSAPP + "01" + last, end)

    def test_by_gupshup_sms(self):
        for last in ("02", "05"):
            self.assertEqual(self.gateway(GATEWAY + "01" + last).json()["response"]["status"], "success")
            self.ends_as(GATEWAY + "01" + last, "undelivered")


class Line(MagicTest):
    def test_silence_with_and_without_a_message(self):
        for send, number in self.services():
            for last, made in (("09", 0), ("10", 1)):
                with self.assertRaises(socket.timeout):
                    send(number + last, timeout=0.2)
                if made:
                    wait_until(lambda: self.accepted(number + last), "the message is kept")
                else:
                    self.assertEqual(self.accepted(number + last), 0)

    def test_a_connection_closed_with_and_without_a_message(self):
        for send, number in self.services():
            for last, made in (("11", 0), ("12", 1)):
                with self.assertRaises(http.client.RemoteDisconnected):
                    send(number + last)
                self.assertEqual(self.accepted(number + last) > 0, made > 0)

    def test_half_an_answer_has_its_status_but_not_its_body(self):
        for send, number in self.services():
            with self.assertRaises(http.client.IncompleteRead):
                send(number + "13")
            self.assertGreater(self.accepted(number + "13"), 0)

    def test_a_server_error_may_hide_a_message(self):
        for send, number in self.services():
            self.assertEqual(send(number + "14").status, 500)
            self.assertGreater(self.accepted(number + "14"), 0)

    def test_a_hidden_message_is_found_by_twilios_list(self):
        with self.assertRaises(http.client.RemoteDisconnected):
            self.twilio(TWILIO + "0112", Body="look me up")
        found = self.sandbox.ask("GET", MESSAGES + "?To=%2B" + TWILIO + "0112", headers=basic(ACCOUNT, TOKEN)).json()
        self.assertIn("look me up", [message["body"] for message in found["messages"]])


class Afterwards(MagicTest):
    def test_undelivered(self):
        for send, number in self.services():
            send(number + "15")
            self.ends_as(number + "15", "undelivered")

    def test_failed(self):
        for send, number in self.services():
            send(number + "16")
            self.ends_as(number + "16", "failed")

    def test_late(self):
        self.twilio(TWILIO + "0117")
        self.twilio("14155550150")
        self.ends_as("14155550150", "delivered")
        self.assertIn(self.newest(to=TWILIO + "0117")["status"], ("queued", "sent"))
        self.ends_as(TWILIO + "0117", "delivered")

    def test_sent_and_queued_for_ever(self):
        self.twilio(TWILIO + "0118")
        self.twilio(TWILIO + "0119")
        self.twilio("14155550151")
        self.ends_as("14155550151", "delivered")
        self.assertEqual(self.newest(to=TWILIO + "0118")["status"], "sent")
        self.assertEqual(self.newest(to=TWILIO + "0119")["status"], "queued")

    def test_twilio_tells_the_code(self):
        for last, code in (("15", 30003), ("16", 30008)):
            made = self.twilio(TWILIO + "01" + last).json()
            self.ends_as(TWILIO + "01" + last, "undelivered" if last == "15" else "failed")
            later = self.sandbox.ask("GET", made["uri"], headers=basic(ACCOUNT, TOKEN)).json()
            self.assertEqual(later["error_code"], code)


if __name__ == "__main__":
    unittest.main()
