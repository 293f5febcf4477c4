"""What Gupshup's two services refuse, the sandbox refuses: one test for each rule."""

import json
import unittest
import urllib.parse

from sandbox_fixture import SETTINGS, SandboxTest

TEMPLATE = SETTINGS["GUPSHUP_TEMPLATE_ID"]


class WhatsApp(SandboxTest):
    def refused(self, answer, status, word):
        body = answer.json()
        self.assertEqual((answer.status, body["status"]), (status, "error"), body)
        self.assertIn(word, body["message"])
        self.assertEqual(sorted(body), ["message", "status"])

    def test_a_right_request_is_submitted(self):
        answer = self.sandbox.whatsapp(destination="14155550131")
        body = answer.json()
        self.assertEqual((answer.status, body["status"]), (202, "submitted"))
        self.assertRegex(body["messageId"], "^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$")
        entry = self.newest(to="+14155550131")
        self.assertEqual(
            (entry["provider"], entry["channel"], entry["text"], entry["from"], entry["message_id"]),
            ("gupshup", "whatsapp", "482913 is your verification code.", "15005550007", body["messageId"]))

    def test_the_key_is_needed_and_compared(self):
        self.refused(self.sandbox.whatsapp(headers={}), 401, "Authentication")
        self.refused(self.sandbox.whatsapp(headers={"apikey": "wrong"}), 401, "Authentication")
        self.refused(self.sandbox.whatsapp(headers={"api_key": SETTINGS["GUPSHUP_API_KEY"]}), 401, "Authentication")
        self.refused(
            self.sandbox.whatsapp(headers={"Authorization": SETTINGS["GUPSHUP_API_KEY"]}), 401, "Authentication")

    def test_the_keys_header_may_be_written_in_capitals(self):
        self.assertEqual(self.sandbox.whatsapp(headers={"Apikey": SETTINGS["GUPSHUP_API_KEY"]}).status, 202)

    def test_json_instead_of_a_form(self):
        headers = {"apikey": SETTINGS["GUPSHUP_API_KEY"], "Content-Type": "application/json"}
        answer = self.sandbox.ask("POST", "/wa/api/v1/template/msg", json.dumps({"channel": "whatsapp"}), headers)
        self.refused(answer, 400, "channel")

    def test_a_broken_escape(self):
        headers = {"apikey": SETTINGS["GUPSHUP_API_KEY"], "Content-Type": "application/x-www-form-urlencoded"}
        self.refused(self.sandbox.ask("POST", "/wa/api/v1/template/msg", "channel=%", headers), 400, "encoding")

    def test_channel(self):
        for channel in (None, "sms", ""):
            self.refused(self.sandbox.whatsapp(channel=channel), 400, "channel")

    def test_source(self):
        for source in (None, "+15005550007", "15005550008", "sender"):
            self.refused(self.sandbox.whatsapp(source=source), 400, "source")

    def test_destination(self):
        for destination in (None, "", "+14155550100", "1415 5550100", "0155550100", "1415", "1" * 16):
            self.refused(self.sandbox.whatsapp(destination=destination), 400, "destination")

    def test_src_name(self):
        for name in (None, "", "Other"):
            self.refused(self.sandbox.whatsapp(src_name=name), 400, "src.name")

    def test_template(self):
        for template in (None, "{", "[]", "{}", '{"id":1,"params":["1"]}', '{"id":"%s"}' % TEMPLATE,
                         '{"id":"%s","params":[]}' % TEMPLATE, '{"id":"%s","params":[482913]}' % TEMPLATE,
                         '{"id":"%s","params":"482913"}' % TEMPLATE):
            self.refused(self.sandbox.whatsapp(template=template), 400, "template")

    def test_template_id(self):
        template = json.dumps({"id": "00000000-0000-4000-8000-000000000000", "params": ["1"]})
        self.refused(self.sandbox.whatsapp(template=template), 400, "Template not found")

    def test_the_code_may_be_given_twice_for_the_button(self):
        template = json.dumps({"id": TEMPLATE, "params": ["482913", "482913"]})
        self.assertEqual(self.sandbox.whatsapp(template=template).status, 202)


class Gateway(SandboxTest):
    def refused(self, code, **fields):
        answer = self.sandbox.gateway(**fields)
        self.assertEqual(answer.status, 200, "the gateway answers errors by HTTP 200")
        body = answer.json()["response"]
        self.assertEqual((body["status"], body["id"], body["phone"]), ("error", code, ""), body)
        self.assertTrue(body["details"])

    def test_success_in_json(self):
        answer = self.sandbox.gateway(send_to="14155550141")
        body = answer.json()["response"]
        self.assertEqual((answer.status, body["status"], body["phone"], body["details"]), (200, "success", "14155550141", ""))
        self.assertRegex(body["id"], "^[0-9]+-[0-9]+$")
        entry = self.newest(to="+14155550141")
        self.assertEqual(
            (entry["provider"], entry["channel"], entry["text"], entry["from"], entry["message_id"]),
            ("gupshup", "sms", "482913 is your code", "ACMEOT", body["id"]))

    def test_success_as_text(self):
        for form in (None, "text"):
            answer = self.sandbox.gateway(format=form)
            word, phone, number = answer.text.split(" | ")
            self.assertEqual((answer.status, word, phone), (200, "success", "14155550100"))
            self.assertRegex(number, "^[0-9]+-[0-9]+$")

    def test_errors_as_text(self):
        answer = self.sandbox.gateway(format=None, password="wrong")
        word, code, why = answer.text.split(" | ")
        self.assertEqual((answer.status, word, code), (200, "error", "102"))
        self.assertTrue(why)

    def test_get_works_as_post_does(self):
        query = urllib.parse.urlencode(self.sandbox.gateway_form())
        self.assertEqual(self.sandbox.ask("GET", "/GatewayAPI/rest?" + query).json()["response"]["status"], "success")

    def test_a_post_is_read_from_its_body_alone(self):
        query = urllib.parse.urlencode(self.sandbox.gateway_form())
        headers = {"Content-Type": "application/x-www-form-urlencoded"}
        self.assertTrue(self.sandbox.ask("POST", "/GatewayAPI/rest?" + query, "", headers).text.startswith("error | 101"))

    def test_a_broken_escape(self):
        headers = {"Content-Type": "application/x-www-form-urlencoded"}
        self.assertTrue(self.sandbox.ask("POST", "/GatewayAPI/rest", "method=%", headers).text.startswith("error | 101"))

    def test_each_needed_parameter(self):
        for name in ("method", "userid", "password", "auth_scheme", "v", "send_to", "msg", "msg_type"):
            with self.subTest(name):
                self.refused("101", **{name: None})
                self.assertIn(name, self.sandbox.gateway(**{name: ""}).json()["response"]["details"])

    def test_method(self):
        self.refused("106", method="SendEverything")
        self.assertEqual(self.sandbox.gateway(method="sendMessage").json()["response"]["status"], "success")

    def test_userid(self):
        self.refused("103", userid="2000190002")
        self.refused("103", userid="somebody")

    def test_password(self):
        self.refused("102", password="wrong")

    def test_auth_scheme(self):
        self.refused("101", auth_scheme="digest")

    def test_version(self):
        self.refused("107", v="2.0")

    def test_send_to(self):
        for to in ("+14155550100", "1415", "0155550100", "some one", "1" * 16):
            self.refused("105", send_to=to)

    def test_msg_type(self):
        self.refused("101", msg_type="HTML")

    def test_mask(self):
        self.refused("108", mask="OTHERS")
        self.refused("108", mask="TOOLONG")

    def test_unicode_needs_its_type(self):
        self.sandbox.gateway(send_to="14155550142", msg="कोड 482913", msg_type="UNICODE_TEXT")
        self.assertEqual(self.newest(to="+14155550142")["text"], "कोड 482913")
        self.sandbox.gateway(send_to="14155550142", msg="कोड 482913", msg_type="TEXT")
        self.assertEqual(self.newest(to="+14155550142")["text"], "??? 482913")


class TextsToIndia(SandboxTest):
    right = {"send_to": "919876543210", "principalEntityId": SETTINGS["GUPSHUP_SMS_ENTITY_ID"],
             "dltTemplateId": SETTINGS["GUPSHUP_SMS_TEMPLATE_ID"]}

    def code(self, **fields):
        return self.sandbox.gateway(**dict(self.right, **fields)).json()["response"]["id"]

    def test_with_their_dlt_ids_are_taken(self):
        self.assertIn("-", self.code())

    def test_need_the_mask(self):
        self.assertEqual(self.code(mask=None), "101")

    def test_need_the_entity(self):
        self.assertEqual(self.code(principalEntityId=None), "101")
        self.assertEqual(self.code(principalEntityId="1"), "101")

    def test_need_the_template(self):
        self.assertEqual(self.code(dltTemplateId=None), "101")
        self.assertEqual(self.code(dltTemplateId="1"), "101")

    def test_elsewhere_need_none_of_it(self):
        self.assertEqual(self.sandbox.gateway(mask=None).json()["response"]["status"], "success")


if __name__ == "__main__":
    unittest.main()
