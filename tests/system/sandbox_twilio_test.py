"""What Twilio refuses, the sandbox refuses: one test for each rule of the Messages resource."""

import re
import unittest
import urllib.parse

from sandbox_fixture import (
    ACCOUNT, API_KEY, API_SECRET, CONTENT, MESSAGES, SENDER, SERVICE, TOKEN, SandboxTest, basic, wait_until)

OTHER = "0123456789abcdef0123456789abcdee"


class TwilioTest(SandboxTest):
    def refused(self, answer, status, code):
        body = answer.json()
        self.assertEqual((answer.status, body["code"]), (status, code), body)
        self.assertEqual(body["status"], status)
        self.assertEqual(body["more_info"], f"https://www.twilio.com/docs/errors/{code}")
        self.assertTrue(body["message"])
        self.assertEqual(sorted(body), ["code", "message", "more_info", "status"])


class Authentication(TwilioTest):
    def test_without_credentials_is_20003(self):
        answer = self.sandbox.twilio(headers={"Accept": "application/json"})
        self.refused(answer, 401, 20003)
        self.assertIn("Basic", answer.headers["WWW-Authenticate"])

    def test_a_wrong_token_is_20003(self):
        self.refused(self.sandbox.twilio(headers=basic(ACCOUNT, TOKEN + "x")), 401, 20003)

    def test_a_wrong_account_is_20003(self):
        self.refused(self.sandbox.twilio(headers=basic("AC" + OTHER, TOKEN)), 401, 20003)

    def test_a_scheme_other_than_basic_is_20003(self):
        self.refused(self.sandbox.twilio(headers={"Authorization": "Bearer " + TOKEN}), 401, 20003)

    def test_an_api_key_is_taken(self):
        self.assertEqual(self.sandbox.twilio(headers=basic(API_KEY, API_SECRET)).status, 201)

    def test_an_api_key_with_a_wrong_secret_is_20003(self):
        self.refused(self.sandbox.twilio(headers=basic(API_KEY, TOKEN)), 401, 20003)

    def test_another_accounts_path_is_20404(self):
        path = MESSAGES.replace(ACCOUNT, "AC" + OTHER)
        form = {"To": "+14155550100", "From": SENDER, "Body": "x"}
        self.refused(self.sandbox.post_form(path, form, basic(ACCOUNT, TOKEN)), 404, 20404)

    def test_reading_needs_credentials_too(self):
        self.refused(self.sandbox.ask("GET", MESSAGES), 401, 20003)
        self.refused(self.sandbox.ask("GET", MESSAGES.replace(".json", "/SM" + OTHER + ".json")), 401, 20003)


class Encoding(TwilioTest):
    def send(self, body, content_type="application/x-www-form-urlencoded"):
        headers = dict(basic(ACCOUNT, TOKEN), **{"Content-Type": content_type})
        return self.sandbox.ask("POST", MESSAGES, body, headers)

    def test_json_has_no_to(self):
        self.refused(self.send('{"To":"+14155550100"}', "application/json"), 400, 21604)

    def test_a_raw_plus_is_a_blank(self):
        self.refused(self.send("To=+14155550100&From=%2B15005550006&Body=x"), 400, 21211)

    def test_a_broken_escape_is_20001(self):
        self.refused(self.send("To=%2B14155550100&From=%2B15005550006&Body=100%"), 400, 20001)

    def test_text_that_is_not_utf_8_is_20001(self):
        self.refused(self.send("To=%2B14155550100&From=%2B15005550006&Body=%FF"), 400, 20001)

    def test_a_charset_beside_the_type_is_fine(self):
        answer = self.send(
            "To=%2B14155550100&From=%2B15005550006&Body=x", "application/x-www-form-urlencoded; charset=utf-8")
        self.assertEqual(answer.status, 201)

    def test_text_comes_through_unchanged(self):
        for text in ("رمزك هو 482913", "482913 & 100% + más €", "two\nlines 🔐"):
            self.assertEqual(self.sandbox.twilio(Body=text).json()["body"], text)
            self.assertEqual(self.newest()["text"], text)

    def test_an_unknown_path_and_method_are_answered_in_twilios_shape(self):
        self.refused(self.sandbox.ask("GET", "/2010-04-01/Nothing.json"), 404, 20404)
        self.refused(self.sandbox.ask("PUT", MESSAGES, "", basic(ACCOUNT, TOKEN)), 405, 20004)


class Fields(TwilioTest):
    def field(self, code, status=400, **fields):
        before = int(self.sandbox.ask("GET", "/inbox?limit=0").headers["X-Total-Count"])
        self.refused(self.sandbox.twilio(**fields), status, code)
        after = int(self.sandbox.ask("GET", "/inbox?limit=0").headers["X-Total-Count"])
        self.assertEqual(after, before, "a refused request must make no message")

    def test_to_missing(self):
        self.field(21604, To=None)

    def test_to_empty(self):
        self.field(21604, To="")

    def test_to_not_e164(self):
        for to in ("14155550100", "+0155550100", "+1415", "+1415555010012345", "+1 415 555 0100", "whatsapp:14155550100"):
            self.field(21211, To=to)

    def test_to_same_as_from(self):
        self.field(21211, To=SENDER)

    def test_from_and_service_missing(self):
        self.field(21603, From=None)

    def test_from_malformed(self):
        for sender in ("+1", "way too long a name", "no!name", "12"):
            self.field(21212, From=sender)

    def test_from_not_ours(self):
        self.field(21606, From="+14155550199")

    def test_from_of_another_channel(self):
        self.field(21212, From="whatsapp:" + SENDER)
        self.field(21212, To="whatsapp:+14155550100")

    def test_whatsapp_from_not_ours(self):
        self.field(63007, To="whatsapp:+14155550100", From="whatsapp:+14155550199")

    def test_service_malformed(self):
        self.field(21705, From=None, MessagingServiceSid="MG1")

    def test_service_unknown(self):
        self.field(21701, status=404, From=None, MessagingServiceSid="MG" + OTHER)

    def test_body_missing(self):
        self.field(21602, Body=None)

    def test_body_empty(self):
        self.field(21602, Body="")

    def test_body_too_long(self):
        self.field(21617, Body="a" * 1601)
        self.field(21617, Body="é" * 1601)
        self.assertEqual(self.sandbox.twilio(Body="é" * 1600).status, 201)

    def test_validity_period(self):
        for period in ("0", "36001", "-1", "5.5", "ten", ""):
            self.field(21624, ValidityPeriod=period)
        self.assertEqual(self.sandbox.twilio(ValidityPeriod="300").status, 201)

    def test_status_callback(self):
        for url in ("example.com/x", "ftp://example.com/", "http://my_host/", "http://"):
            self.field(21609, StatusCallback=url)

    def test_content_sid(self):
        self.field(21655, Body=None, ContentSid="HX1", ContentVariables='{"1":"482913"}')
        self.field(21655, Body=None, ContentSid="HX" + OTHER, ContentVariables='{"1":"482913"}')

    def test_content_variables_without_content(self):
        self.field(21654, ContentVariables='{"1":"482913"}')

    def test_content_variables(self):
        for variables in (None, "482913", '["482913"]', '{"1":482913}', '{"2":"x"}', "{"):
            self.field(21656, Body=None, ContentSid=CONTENT, ContentVariables=variables)

    def test_options_outside_their_words(self):
        for name, value in {"SmartEncoded": "yes", "ProvideFeedback": "1", "ContentRetention": "keep",
                            "AddressRetention": "x", "RiskCheck": "off", "Attempt": "0"}.items():
            self.field(20001, **{name: value})

    def test_options_within_their_words(self):
        answer = self.sandbox.twilio(
            SmartEncoded="true", ProvideFeedback="false", ContentRetention="discard",
            AddressRetention="obfuscate", RiskCheck="disable", Attempt="2", MaxPrice="1")
        self.assertEqual(answer.status, 201)


class TestNumbers(TwilioTest):
    def test_each_test_recipient_has_its_code(self):
        codes = {"+15005550001": 21211, "+15005550002": 21612, "+15005550003": 21408,
                 "+15005550004": 21610, "+15005550009": 21614}
        for to, code in codes.items():
            self.refused(self.sandbox.twilio(To=to), 400, code)

    def test_each_test_sender_has_its_code(self):
        for sender, code in {"+15005550001": 21212, "+15005550007": 21606, "+15005550008": 21611}.items():
            self.refused(self.sandbox.twilio(From=sender), 400, code)
        self.assertEqual(self.sandbox.twilio(From="+15005550006").status, 201)


class Messages(TwilioTest):
    def get(self, target):
        return self.sandbox.ask("GET", target, headers=basic(ACCOUNT, TOKEN))

    def test_a_new_message_is_queued_and_whole(self):
        made = self.sandbox.twilio().json()
        self.assertRegex(made["sid"], "^SM[0-9a-f]{32}$")
        self.assertEqual(made["uri"], MESSAGES.replace(".json", f"/{made['sid']}.json"))
        want = {"status": "queued", "to": "+14155550100", "from": SENDER, "account_sid": ACCOUNT,
                "body": "482913 is your code", "direction": "outbound-api", "num_segments": "1",
                "num_media": "0", "error_code": None, "error_message": None, "price": None,
                "messaging_service_sid": None, "date_sent": None, "api_version": "2010-04-01"}
        self.assertEqual({name: made[name] for name in want}, want)
        self.assertTrue(re.match(r"^\w{3}, \d\d \w{3} \d{4} \d\d:\d\d:\d\d \+0000$", made["date_created"]))

    def test_a_service_accepts_and_chooses_the_sender_later(self):
        made = self.sandbox.twilio(From=None, MessagingServiceSid=SERVICE).json()
        self.assertEqual((made["status"], made["from"], made["num_segments"]), ("accepted", None, "0"))
        self.assertEqual(made["messaging_service_sid"], SERVICE)
        later = wait_until(
            lambda: [m for m in [self.get(made["uri"]).json()] if m["status"] == "delivered"], "delivered")[0]
        self.assertEqual((later["from"], later["num_segments"]), (SENDER, "1"))

    def test_a_message_is_delivered_in_time(self):
        made = self.sandbox.twilio().json()
        later = wait_until(
            lambda: [m for m in [self.get(made["uri"]).json()] if m["status"] == "delivered"], "delivered")[0]
        self.assertIsNotNone(later["date_sent"])
        self.assertEqual(sorted(later), sorted(made))

    def test_a_template_is_filled_in(self):
        made = self.sandbox.twilio(
            To="whatsapp:+14155550123", From="whatsapp:" + SENDER, Body=None, ContentSid=CONTENT,
            ContentVariables='{"1":"482913"}').json()
        self.assertEqual((made["to"], made["from"]), ("whatsapp:+14155550123", "whatsapp:" + SENDER))
        entry = self.newest(to="+14155550123")
        self.assertEqual(entry["text"], "482913 is your verification code.")
        self.assertEqual((entry["channel"], entry["to"], entry["from"]), ("whatsapp", "+14155550123", SENDER))

    def test_free_text_on_whatsapp_fails_later_by_63016(self):
        made = self.sandbox.twilio(To="whatsapp:+14155550123", From="whatsapp:" + SENDER).json()
        later = wait_until(
            lambda: [m for m in [self.get(made["uri"]).json()] if m["status"] == "undelivered"], "undelivered")[0]
        self.assertEqual(later["error_code"], 63016)

    def test_an_unknown_message_is_20404(self):
        self.refused(self.get(MESSAGES.replace(".json", "/SM" + OTHER + ".json")), 404, 20404)

    def test_a_message_without_json_suffix_is_20404(self):
        made = self.sandbox.twilio().json()
        self.refused(self.get(made["uri"].replace(".json", "")), 404, 20404)

    def test_a_list_is_filtered_by_to_and_from(self):
        made = self.sandbox.twilio(To="+14155550177").json()
        query = urllib.parse.urlencode({"To": "+14155550177", "From": SENDER})
        self.assertEqual([m["sid"] for m in self.get(MESSAGES + "?" + query).json()["messages"]], [made["sid"]])
        query = urllib.parse.urlencode({"To": "+14155550177", "From": "+14155550199"})
        self.assertEqual(self.get(MESSAGES + "?" + query).json()["messages"], [])
        query = urllib.parse.urlencode({"To": "whatsapp:+14155550177"})
        self.assertEqual(self.get(MESSAGES + "?" + query).json()["messages"], [])

    def test_a_list_is_filtered_by_date_sent(self):
        to = "+14155550178"
        made = self.sandbox.twilio(To=to).json()
        wait_until(lambda: self.get(made["uri"]).json()["date_sent"], "sent")

        def found(name, value):
            query = urllib.parse.urlencode({"To": to, name: value})
            return [m["sid"] for m in self.get(MESSAGES + "?" + query).json()["messages"]]

        self.assertEqual(found("DateSent>", "2020-01-01"), [made["sid"]])
        self.assertEqual(found("DateSent>", "2020-01-01T00:00:00Z"), [made["sid"]])
        self.assertEqual(found("DateSent<", "2020-01-01"), [])
        self.assertEqual(found("DateSent", "2020-01-01"), [])

    def test_a_list_parameter_that_is_none_is_20001(self):
        for query in ("DateSent=today", "PageSize=0", "PageSize=x", "Page=x", "PageToken=x", "To=%"):
            self.refused(self.get(MESSAGES + "?" + query), 400, 20001)

    def test_a_list_is_paged_as_client_libraries_follow_it(self):
        to = "+14155550179"
        sids = [self.sandbox.twilio(To=to).json()["sid"] for _ in range(5)]
        page = self.get(MESSAGES + "?" + urllib.parse.urlencode({"To": to, "PageSize": 2})).json()
        self.assertEqual((page["page"], page["page_size"], page["start"], page["end"]), (0, 2, 0, 1))
        self.assertIsNone(page["previous_page_uri"])
        seen = []
        while True:
            seen.append([m["sid"] for m in page["messages"]])
            if page["next_page_uri"] is None:
                break
            self.sandbox.twilio(To=to)  # what is new must not shift the pages
            page = self.get(page["next_page_uri"]).json()
        newest_first = sids[::-1]
        self.assertEqual(seen, [newest_first[:2], newest_first[2:4], newest_first[4:]])
        back = []
        while page["previous_page_uri"] is not None:
            page = self.get(page["previous_page_uri"]).json()
            back.append([m["sid"] for m in page["messages"]])
        self.assertEqual(back, seen[1::-1])
        self.assertEqual(page["page"], 0)


if __name__ == "__main__":
    unittest.main()
