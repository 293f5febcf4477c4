#include "common/http/form.hpp"
#include "verify/webhooks/gupshup_receipt.hpp"
#include "verify/webhooks/twilio_receipt.hpp"

#include <boost/test/unit_test.hpp>

using namespace otp;

namespace {

using enum receipt_status;

// "channel id[=second id] status error number", one for each.
std::string shown(const std::optional<std::vector<provider_receipt>>& read) {
    if (!read)
        return "unreadable";
    constexpr const char* words[] = {"ignored", "accepted", "delivered", "undelivered"};
    std::string text;
    for (const auto& one : *read) {
        text += std::string(to_string(one.by)) + ' ' + one.message_id;
        text += one.second_id.empty() ? " " : '=' + one.second_id + ' ';
        text += std::string(words[static_cast<int>(one.meaning.status)]) + ' ' + one.error_code;
        text += ' ' + one.number + ';';
    }
    return text;
}

std::string report(const std::string& array) {
    const http::form_field field{"response", array};
    return shown(read_gupshup_reports(http::encode_form({&field, 1}).reveal()));
}

std::string event_2(const std::string& payload) {
    return shown(read_gupshup_events(
        R"({"app":"DemoAPI","timestamp":1580546677791,"version":2,"type":"message-event","payload":)" +
        payload + "}"
    ));
}

std::string event_3(const std::string& statuses) {
    return shown(read_gupshup_events(
        R"({"object":"whatsapp_business_account","gs_app_id":"a","entry":[{"changes":[{"field":)"
        R"("messages","value":{"messaging_product":"whatsapp","statuses":[)" +
        statuses + "]}}]}]}"
    ));
}

}  // namespace

BOOST_AUTO_TEST_SUITE(a_receipt_of_twilio)

BOOST_AUTO_TEST_CASE(has_message_status_and_error_code) {
    const auto read = read_twilio_receipt(
        {{"MessageSid", "SM1"},
         {"MessageStatus", "undelivered"},
         {"ErrorCode", "30006"},
         {"New", "x"}}
    );
    BOOST_TEST_REQUIRE(read.has_value());
    BOOST_TEST(read->message_id == "SM1");
    BOOST_TEST(read->error_code == "30006");
    BOOST_TEST((read->meaning.status == undelivered));
    BOOST_TEST(!read->meaning.fail_over);
    BOOST_TEST(read->meaning.switch_channel);
    BOOST_TEST(read->number == "");
}

BOOST_AUTO_TEST_CASE(may_use_the_older_names) {
    const auto read = read_twilio_receipt({{"SmsSid", "SM1"}, {"SmsStatus", "delivered"}});
    BOOST_TEST_REQUIRE(read.has_value());
    BOOST_TEST((read->meaning.status == delivered));
}

BOOST_AUTO_TEST_CASE(without_an_id_is_none) {
    BOOST_TEST(!read_twilio_receipt({{"MessageStatus", "delivered"}}).has_value());
    BOOST_TEST(!read_twilio_receipt({{"MessageSid", std::string(129, 'S')}}).has_value());
    BOOST_TEST(!read_twilio_receipt({{"MessageSid", "S\n1"}}).has_value());
}

BOOST_AUTO_TEST_CASE(of_a_status_nobody_knows_is_ignored) {
    const auto read = read_twilio_receipt({{"MessageSid", "SM1"}, {"MessageStatus", "teleported"}});
    BOOST_TEST_REQUIRE(read.has_value());
    BOOST_TEST((read->meaning.status == ignored));
}

BOOST_AUTO_TEST_CASE(keeps_an_error_code_only_where_it_is_one) {
    const auto code_of = [](std::string code) {
        return read_twilio_receipt({{"MessageSid", "SM1"},
                                    {"MessageStatus", "failed"},
                                    {"ErrorCode", std::move(code)}}
        )->error_code;
    };
    BOOST_TEST(code_of("30008") == "30008");
    BOOST_TEST(code_of("") == "");
    BOOST_TEST(code_of("the text was 123456") == "");
    BOOST_TEST(code_of("TEMPLATE_MISMATCH") == "TEMPLATE_MISMATCH");
    BOOST_TEST(code_of(std::string(33, 'x')) == "");
    for (const auto* number : {"14155550500", "1-415-555-0500", "4155550"})
        BOOST_TEST(code_of(number) == "", number);
}

BOOST_AUTO_TEST_CASE(may_be_json) {
    const auto fields =
        fields_of_json(R"({"MessageSid":"SM1","MessageStatus":"failed","ErrorCode":30008,"a":[1]})"
        );
    BOOST_TEST_REQUIRE(fields.has_value());
    BOOST_TEST(read_twilio_receipt(*fields)->error_code == "30008");
    BOOST_TEST(!fields_of_json("[]").has_value());
    BOOST_TEST(!fields_of_json("").has_value());
}

BOOST_AUTO_TEST_SUITE_END()

BOOST_AUTO_TEST_SUITE(an_event_of_gupshups_whatsapp)

BOOST_AUTO_TEST_CASE(of_version_2_is_known_by_gupshups_own_id) {
    BOOST_TEST(
        event_2(R"({"id":"w1","gsId":"g1","type":"delivered","destination":"919876543210",)"
                R"("payload":{"ts":1580546677}})") == "whatsapp g1=w1 delivered  +919876543210;"
    );
    BOOST_TEST(
        event_2(R"({"id":"g1","type":"enqueued","destination":"919876543210",)"
                R"("payload":{"whatsappMessageId":"w1"}})"
        ) == "whatsapp g1=w1 accepted  +919876543210;"
    );
}

BOOST_AUTO_TEST_CASE(of_version_2_that_failed_late_has_whatsapps_id_alone) {
    BOOST_TEST(
        event_2(R"({"id":"w1","type":"failed","payload":{"code":1026}})") ==
        "whatsapp w1 undelivered 1026 ;"
    );
}

BOOST_AUTO_TEST_CASE(of_version_2_that_failed_tells_its_code_as_number_or_text) {
    for (const auto* code : {"1002", "\"1002\""})
        BOOST_TEST(
            event_2(
                std::string(R"({"id":"g1","type":"failed","destination":"919876543210",)") +
                R"("payload":{"code":)" + code + R"(,"reason":"x"}})"
            ) == "whatsapp g1 undelivered 1002 +919876543210;"
        );
}

BOOST_AUTO_TEST_CASE(of_version_3_may_be_several) {
    BOOST_TEST(
        event_3(R"({"gs_id":"g1","id":"wamid.1","recipient_id":"919876543210","status":"sent",)"
                R"("timestamp":"1710930461"},{"gs_id":"g2","id":"wamid.2","status":"failed",)"
                R"("timestamp":1710930461000,"errors":[{"code":131026,"title":"t"}]})"
        ) == "whatsapp g1=wamid.1 accepted  +919876543210;whatsapp g2=wamid.2 undelivered 131026 ;"
    );
}

BOOST_AUTO_TEST_CASE(of_another_kind_is_no_receipt) {
    for (const auto* type : {"message", "user-event", "template-event", "billing-event"})
        BOOST_TEST(
            shown(read_gupshup_events(
                std::string(R"({"version":2,"type":")") + type +
                R"(","payload":{"id":"g1","type":"delivered"}})"
            )) == ""
        );
    BOOST_TEST(
        shown(read_gupshup_events(R"({"entry":[{"changes":[{"value":{"messages":[]}}]}]})")) == ""
    );
    BOOST_TEST(shown(read_gupshup_events("{}")) == "");
    BOOST_TEST(event_2("7") == "");
}

BOOST_AUTO_TEST_CASE(is_unreadable_where_it_is_no_json_object) {
    for (const auto* body : {"", "[]", "{", "null", "{\"a\":\"\xff\"}"})
        BOOST_TEST(shown(read_gupshup_events(body)) == "unreadable");
    BOOST_TEST(shown(read_gupshup_events(std::string(60000, '['))) == "unreadable");
}

BOOST_AUTO_TEST_SUITE_END()

BOOST_AUTO_TEST_SUITE(a_report_of_gupshups_sms_gateway)

BOOST_AUTO_TEST_CASE(may_be_fields) {
    BOOST_TEST(
        shown(read_gupshup_reports(
            "externalId=3482-77&status=SUCCESS&errCode=000&phoneNo=919876543210"
        )) == "sms 3482-77 delivered  +919876543210;"
    );
    BOOST_TEST(
        shown(read_gupshup_reports(
            "externalId=3482-77&status=FAILURE&errCode=003&phoneNo=919876543210"
        )) == "sms 3482-77 undelivered 003 +919876543210;"
    );
}

BOOST_AUTO_TEST_CASE(may_be_an_array_of_twenty) {
    std::string array;
    std::string expected;
    for (int i = 1; i <= 20; ++i) {
        array += (i == 1 ? "[" : ",") + std::string(R"({"externalId":"7-)") + std::to_string(i) +
                 R"(","eventType":"DELIVERED","errCode":"000","destAddr":"919876543210"})";
        expected += "sms 7-" + std::to_string(i) + " delivered  +919876543210;";
    }
    BOOST_TEST(report(array + "]") == expected);
}

BOOST_AUTO_TEST_CASE(may_have_ids_and_codes_that_are_not_quoted) {
    BOOST_TEST(
        report(R"([{"externalId": 3334545455454545454-56789000012345678, "eventTs":1519800041000,)"
               R"("eventType":"FAILED","cause":"a \" 1,2","errCode":007,"destAddr":919876543210}])"
        ) == "sms 3334545455454545454-56789000012345678 undelivered 007 +919876543210;"
    );
}

BOOST_AUTO_TEST_CASE(without_an_id_or_with_a_number_that_is_none_says_less) {
    BOOST_TEST(
        report(R"([{"eventType":"DELIVERED"},7,{"externalId":"1-2","eventType":"DELIVERED",)"
               R"("destAddr":"12"}])") == "sms 1-2 delivered  ;"
    );
}

BOOST_AUTO_TEST_CASE(may_be_the_array_itself_or_one_of_its_objects) {
    const std::string event = R"({"externalId": 1-2,"eventType":"FAILED","errCode":007})";
    for (const auto& body : {event, "[" + event + "]", "\r\n [" + event + "]\r\n"})
        BOOST_TEST(shown(read_gupshup_reports(body)) == "sms 1-2 undelivered 007 ;", body);
}

BOOST_AUTO_TEST_CASE(may_be_a_form_that_is_not_encoded_as_it_should_be) {
    for (const auto* body :
         {"externalId=1-2&status=FAILURE&cause=UNKNOWN SUBSCRIBER&errCode=003",
          "externalId=1-2&status=FAILURE&errCode=003\r\n",
          "externalId=1-2&cause=100%&status=FAILURE&errCode=003",
          "cause=%&externalId=1%2D2&status=FAILURE&errCode=003",
          R"(response=[{"externalId": "1-2", "eventType": "FAILED", "cause": "5 %", "errCode": 003}])"})
        BOOST_TEST(shown(read_gupshup_reports(body)) == "sms 1-2 undelivered 003 ;", body);
}

BOOST_AUTO_TEST_CASE(is_unreadable_where_no_report_is_in_it) {
    for (const auto* body : {"{}", "[", "[]", "x", "-", "[7]"})
        BOOST_TEST(report(body) == "unreadable", body);
    for (const auto* body : {"", "{}", "[", "[]", "x", "status=SUCCESS", "externalId=%00"})
        BOOST_TEST(shown(read_gupshup_reports(body)) == "unreadable", body);
}

BOOST_AUTO_TEST_SUITE_END()
