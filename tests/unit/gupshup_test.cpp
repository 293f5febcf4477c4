#include "common/provider/error_table.hpp"
#include "tests/support/provider_case.hpp"
#include "worker/provider/gupshup_sms.hpp"
#include "worker/provider/gupshup_whatsapp.hpp"

#include <boost/test/unit_test.hpp>

#include <stdexcept>

using namespace otp;
using namespace otp::test;

namespace {

using form = std::map<std::string, std::string>;

const std::string template_id = "0c5d5a4e-6b7e-4f5c-9b1a-7a2d3c4b5e6f";
const std::string message_id = "5b9c0a9e-1f3c-4f0e-8b43-0a5e5b1f9a11";

gupshup_whatsapp_settings whatsapp_settings() {
    gupshup_whatsapp_settings s;
    s.api_key = secret("key-1");
    s.source = "917834811114";
    s.src_name = "Demo App";
    s.template_id = template_id;
    return s;
}

gupshup_sms_settings sms_settings() {
    gupshup_sms_settings s;
    s.userid = "2000190001";
    s.password = secret("p w&d+");
    return s;
}

std::string template_of(const message& what) {
    return fields_of(gupshup_whatsapp(whatsapp_settings()).build(what))["template"];
}

std::string with_params(const std::string& params) {
    return R"({"id":")" + template_id + R"(","params":)" + params + "}";
}

outcome whatsapp_read(unsigned status, std::string_view body) {
    return gupshup_whatsapp(whatsapp_settings()).classify(answered(status, body));
}

outcome sms_read(unsigned status, std::string_view body) {
    return gupshup_sms(sms_settings()).classify(answered(status, body));
}

std::string gateway_error(std::string_view code) {
    return R"({"response":{"id":")" + std::string(code) +
           R"(","phone":"14155550100","details":"804271 refused","status":"error"}})";
}

}  // namespace

BOOST_AUTO_TEST_SUITE(gupshup_whatsapp_requests)

BOOST_AUTO_TEST_CASE(a_message_is_a_form_with_the_template_as_json) {
    const gupshup_whatsapp gupshup(whatsapp_settings());
    const auto request = gupshup.build(one_message());
    BOOST_TEST(request.target == "/wa/api/v1/template/msg");
    BOOST_TEST(gupshup.origin() == "https://api.gupshup.io");
    BOOST_TEST(gupshup.receipts_need_message_id());
    BOOST_TEST(request.head.find("apikey: key-1\r\n") != std::string_view::npos);
    BOOST_TEST(
        (fields_of(request) ==
         form{
             {"channel", "whatsapp"},
             {"source", "917834811114"},
             {"destination", "14155550100"},
             {"src.name", "Demo App"},
             {"template", with_params(R"(["804271"])")}})
    );
}

BOOST_AUTO_TEST_CASE(a_template_with_a_copy_button_gets_the_code_twice) {
    auto what = one_message();
    what.parameters = secrets_of({code_digits, code_digits});
    BOOST_TEST(template_of(what) == with_params(R"(["804271","804271"])"));
}

BOOST_AUTO_TEST_CASE(a_template_gets_its_parameters_in_order_and_as_texts) {
    auto what = one_message();
    what.parameters = secrets_of({"5", "Acme \"a\",\"b\"]}\\\n", code_digits});
    BOOST_TEST(template_of(what) == with_params(R"(["5","Acme \"a\",\"b\"]}\\\n","804271"])"));
}

BOOST_AUTO_TEST_CASE(a_provider_without_settings_cannot_be_made) {
    BOOST_CHECK_THROW(gupshup_whatsapp{gupshup_whatsapp_settings{}}, std::invalid_argument);
    BOOST_CHECK_THROW(gupshup_sms{gupshup_sms_settings{}}, std::invalid_argument);
}

BOOST_AUTO_TEST_SUITE_END()

BOOST_AUTO_TEST_SUITE(gupshup_whatsapp_answers)

BOOST_AUTO_TEST_CASE(submitted_with_a_message_id_is_accepted) {
    for (const unsigned status : {200U, 202U}) {
        const auto end =
            whatsapp_read(status, R"({"status":"submitted","messageId":")" + message_id + R"("})");
        BOOST_TEST((end.end == attempt_end::accepted));
        BOOST_TEST(end.provider_message_id == message_id);
    }
}

BOOST_AUTO_TEST_CASE(any_other_2xx_is_in_doubt) {
    for (const char* body :
         {R"({"status":"submitted"})",
          R"({"status":"submitted","messageId":""})",
          R"({"status":"submitted","messageId":7})",
          R"({"status":"queued","messageId":"x"})",
          R"({"messageId":"x"})",
          "submitted",
          ""}) {
        const auto end = whatsapp_read(202, body);
        BOOST_TEST((end.end == attempt_end::in_doubt), body);
        BOOST_TEST((end.why == fault::doubt));
    }
}

BOOST_AUTO_TEST_CASE(a_400_is_our_fault_unless_it_speaks_of_the_destination) {
    const auto ours = whatsapp_read(400, R"({"status":"error","message":"Invalid App Details"})");
    BOOST_TEST((ours.why == fault::config));
    BOOST_TEST(ours.fail_over);
    const auto source =
        whatsapp_read(400, R"({"status":"error","message":"Invalid source number"})");
    BOOST_TEST((source.why == fault::config));
    const auto number =
        whatsapp_read(400, R"({"status":"error","message":"Invalid Destination 1415"})");
    BOOST_TEST((number.why == fault::number));
    BOOST_TEST((number.end == attempt_end::refused));
    BOOST_TEST(number.switch_channel);
    BOOST_TEST(!number.fail_over);
}

BOOST_AUTO_TEST_CASE(a_message_that_is_an_object_is_as_good_as_any) {
    const auto end = whatsapp_read(400, R"({"status":"error","message":{"destination":1}})");
    BOOST_TEST((end.why == fault::config));
}

BOOST_AUTO_TEST_CASE(the_other_statuses_speak_for_themselves) {
    BOOST_TEST((whatsapp_read(401, R"({"status":"error"})").why == fault::account));
    BOOST_TEST((
        whatsapp_read(429, R"({"status":"error","message":"Too Many Requests"})").why == fault::rate
    ));
    BOOST_TEST((whatsapp_read(500, R"({"status":"error"})").end == attempt_end::in_doubt));
}

BOOST_AUTO_TEST_SUITE_END()

BOOST_AUTO_TEST_SUITE(gupshup_sms_requests)

BOOST_AUTO_TEST_CASE(a_text_is_posted_as_a_form_with_the_password_in_its_body) {
    const gupshup_sms gupshup(sms_settings());
    const auto request = gupshup.build(one_message());
    BOOST_TEST(request.target == "/GatewayAPI/rest");
    BOOST_TEST(gupshup.origin() == "https://enterprise.smsgupshup.com");
    BOOST_TEST(
        (fields_of(request) ==
         form{
             {"method", "SendMessage"},
             {"userid", "2000190001"},
             {"password", "p w&d+"},
             {"auth_scheme", "plain"},
             {"v", "1.1"},
             {"format", "json"},
             {"send_to", "14155550100"},
             {"msg_type", "TEXT"},
             {"msg", std::string(text_words)}})
    );
}

BOOST_AUTO_TEST_CASE(sender_mask_and_dlt_ids_go_along_where_they_are_set) {
    auto s = sms_settings();
    s.mask = "ACMEOT";
    s.entity_id = "1201159";
    s.template_id = "1207161";
    const gupshup_sms gupshup(s);
    auto fields = fields_of(gupshup.build(one_message()));
    BOOST_TEST(fields["mask"] == "ACMEOT");
    BOOST_TEST(fields["principalEntityId"] == "1201159");
    BOOST_TEST(fields["dltTemplateId"] == "1207161");
}

BOOST_AUTO_TEST_CASE(a_text_outside_the_gsm_alphabet_is_announced_as_unicode) {
    auto what = one_message();
    what.needs_unicode = true;
    const gupshup_sms gupshup(sms_settings());
    BOOST_TEST(fields_of(gupshup.build(what))["msg_type"] == "UNICODE_TEXT");
}

BOOST_AUTO_TEST_SUITE_END()

BOOST_AUTO_TEST_SUITE(gupshup_sms_answers)

BOOST_AUTO_TEST_CASE(success_with_an_id_is_accepted_in_either_form) {
    for (const char* body :
         {R"({"response":{"id":"3562707498794989059-328","phone":"919876543210","details":"","status":"success"}})",
          R"({"response":{"id":"3562707498794989059-328","status":"SUCCESS"}})",
          "success | 919876543210 | 3562707498794989059-328",
          "Success|919876543210|3562707498794989059-328\r\n"}) {
        const auto end = sms_read(200, body);
        BOOST_TEST((end.end == attempt_end::accepted), body);
        BOOST_TEST(end.provider_message_id == "3562707498794989059-328");
    }
}

BOOST_AUTO_TEST_CASE(success_without_an_id_is_in_doubt) {
    for (const char* body :
         {R"({"response":{"status":"success"}})",
          R"({"response":{"status":"success","id":""}})",
          "success",
          "success | 919876543210",
          "success | 919876543210 | | x"}) {
        const auto end = sms_read(200, body);
        BOOST_TEST((end.end == attempt_end::in_doubt), body);
        BOOST_TEST(end.error_code == "missing_message_id");
    }
}

BOOST_AUTO_TEST_CASE(
    every_gateway_code_means_what_its_row_says_in_either_form_although_the_status_is_200
) {
    for (const error_row& row : gupshup_sms_errors().rows)
        for (const std::string& body :
             {gateway_error(row.code),
              "error | " + std::string(row.code) + " | 804271 refused | for 14155550100"}) {
            const auto end = sms_read(200, body);
            BOOST_TEST((end.why == row.why), body);
            BOOST_TEST(end.error_code == row.code);
            BOOST_TEST(end.detail == row.meaning);
            BOOST_TEST(end.retry == row.retry);
            BOOST_TEST(end.fail_over == row.fail_over);
            BOOST_TEST(end.switch_channel == row.switch_channel);
            BOOST_TEST((end.end != attempt_end::accepted));
        }
}

BOOST_AUTO_TEST_CASE(an_unlisted_or_unreadable_code_is_our_fault) {
    for (const char* code : {"150", "", "8042711", "14155550100", "x y"}) {
        const auto end = sms_read(200, gateway_error(code));
        BOOST_TEST((end.end == attempt_end::refused), code);
        BOOST_TEST((end.why == fault::config));
        BOOST_TEST(end.error_code == (std::string_view(code) == "150" ? "150" : "unknown_code"));
    }
}

BOOST_AUTO_TEST_CASE(an_answer_that_is_neither_is_in_doubt) {
    for (const char* body : {"", "<html>ok</html>", "{}", R"({"response":[]})", "ok | 1 | 2", "[]"})
        BOOST_TEST((sms_read(200, body).end == attempt_end::in_doubt), body);
}

BOOST_AUTO_TEST_SUITE_END()
