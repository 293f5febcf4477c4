#include "common/provider/error_table.hpp"
#include "tests/support/provider_case.hpp"
#include "tests/support/twilio_case.hpp"

#include <boost/test/unit_test.hpp>

#include <stdexcept>

using namespace otp;
using namespace otp::test;
using namespace std::chrono_literals;

namespace {

using form = std::map<std::string, std::string>;

const std::string callback =
    "https://otp.example/webhooks/twilio/018f6f5e-7d3c-7a43-9d0f-5b1c2a3d4e5f/2#rc=5&rp=all";

// A created message as the API describes it, with what a test changes.
std::string created(const std::string& more) {
    return R"({"account_sid":"AC)" + hex32 +
           R"(","body":"804271 is your code","direction":"outbound-api",
        "error_message":null,"price":null,"to":"+14155550100")" +
           more + "}";
}

std::string error(int code, int status) {
    return R"({"code": )" + std::to_string(code) +
           R"(, "message": "The 'To' number +14155550100 is bad",
        "more_info": "https://www.twilio.com/docs/errors/x", "status": )" +
           std::to_string(status) + "}";
}

std::string variables_of(const message& what) {
    return fields_of(twilio_whatsapp(settings()).build(what))["ContentVariables"];
}

outcome read(unsigned status, const std::string& body) {
    return read_twilio_answer(answered(status, body));
}

}  // namespace

BOOST_AUTO_TEST_SUITE(twilio_requests)

BOOST_AUTO_TEST_CASE(an_sms_is_a_form_with_number_sender_text_validity_and_callback) {
    const twilio_sms twilio(settings());
    const auto request = twilio.build(one_message());
    BOOST_TEST(request.target == "/2010-04-01/Accounts/AC" + hex32 + "/Messages.json");
    BOOST_TEST(
        (fields_of(request) ==
         form{
             {"To", "+14155550100"},
             {"From", "+15005550006"},
             {"Body", std::string(text_words)},
             {"ValidityPeriod", "287"},
             {"StatusCallback", callback}})
    );
    BOOST_TEST(twilio.origin() == "https://api.twilio.com");
    BOOST_TEST(!twilio.receipts_need_message_id());
}

BOOST_AUTO_TEST_CASE(a_messaging_service_sends_in_place_of_a_number_or_with_it_pinned) {
    auto s = settings();
    s.messaging_service_sid = "MG" + hex32;
    auto fields = fields_of(twilio_sms(s).build(one_message()));
    BOOST_TEST(fields["MessagingServiceSid"] == "MG" + hex32);
    BOOST_TEST(fields["From"] == "+15005550006");
    s.phone_number.clear();
    fields = fields_of(twilio_sms(s).build(one_message()));
    BOOST_TEST(fields.count("From") == 0U);
}

BOOST_AUTO_TEST_CASE(a_whatsapp_message_is_a_template_with_the_code_as_variable_one) {
    const twilio_whatsapp twilio(settings());
    const auto request = twilio.build(one_message());
    BOOST_TEST(
        (fields_of(request) ==
         form{
             {"To", "whatsapp:+14155550100"},
             {"From", "whatsapp:+15005550009"},
             {"ContentSid", "HX" + hex32},
             {"ContentVariables", R"({"1":"804271"})"},
             {"ValidityPeriod", "287"},
             {"StatusCallback", callback}})
    );
}

BOOST_AUTO_TEST_CASE(a_template_gets_its_parameters_by_number_and_as_texts) {
    auto what = one_message();
    what.parameters = secrets_of({code_digits, "5"});
    BOOST_TEST(variables_of(what) == R"({"1":"804271","2":"5"})");
    what.parameters = secrets_of({"Acme\",\"3\":\"\\\n", code_digits, code_digits});
    BOOST_TEST(variables_of(what) == R"({"1":"Acme\",\"3\":\"\\\n","2":"804271","3":"804271"})");
}

// Twilio refuses a variable that the template does not have.
BOOST_AUTO_TEST_CASE(an_authentication_template_gets_the_code_once_for_text_and_button) {
    auto what = one_message();
    what.parameters = secrets_of({code_digits, code_digits});
    BOOST_TEST(variables_of(what) == R"({"1":"804271"})");
}

BOOST_AUTO_TEST_CASE(without_a_callback_none_is_asked_for) {
    auto what = one_message();
    what.callback_url.clear();
    BOOST_TEST(fields_of(twilio_sms(settings()).build(what)).count("StatusCallback") == 0U);
}

BOOST_AUTO_TEST_CASE(the_validity_stays_in_the_range_twilio_takes) {
    auto what = one_message();
    what.validity = 0s;
    BOOST_TEST(fields_of(twilio_sms(settings()).build(what))["ValidityPeriod"] == "1");
    what.validity = 100h;
    BOOST_TEST(fields_of(twilio_sms(settings()).build(what))["ValidityPeriod"] == "36000");
}

BOOST_AUTO_TEST_CASE(the_account_signs_unless_an_api_key_is_set_and_the_path_keeps_the_account) {
    auto s = settings();
    const twilio_sms by_account(s);
    const std::string head(by_account.build(one_message()).head);
    BOOST_TEST(head.find("Accept: application/json\r\n") != std::string::npos);
    BOOST_TEST(head.find("Accept-Charset: utf-8\r\n") != std::string::npos);
    BOOST_TEST(
        head.find("Content-Type: application/x-www-form-urlencoded\r\n") != std::string::npos
    );
    BOOST_TEST(
        head.find("Authorization: Basic "
                  "QUMwMTIzNDU2Nzg5YWJjZGVmMDEyMzQ1Njc4OWFiY2RlZjp0b2tlbg==\r\n"
        ) != std::string::npos
    );
    s.api_key = "SK" + hex32;
    s.api_secret = secret("secret");
    const twilio_sms by_key(s);
    const auto request = by_key.build(one_message());
    BOOST_TEST(
        request.head.find("Authorization: Basic "
                          "U0swMTIzNDU2Nzg5YWJjZGVmMDEyMzQ1Njc4OWFiY2RlZjpzZWNyZXQ=\r\n"
        ) != std::string_view::npos
    );
    BOOST_TEST(request.target.find("/AC" + hex32 + "/") != std::string::npos);
}

BOOST_AUTO_TEST_CASE(a_path_in_the_base_url_is_kept) {
    auto s = settings();
    s.api_url = "http://127.0.0.1:4010/twilio/";
    const twilio_sms twilio(s);
    BOOST_TEST(twilio.origin() == "http://127.0.0.1:4010");
    BOOST_TEST(twilio.build(one_message()).target.starts_with("/twilio/2010-04-01/Accounts/AC"));
}

BOOST_AUTO_TEST_CASE(a_provider_without_sender_cannot_be_made) {
    auto s = settings();
    s.phone_number.clear();
    BOOST_CHECK_THROW(twilio_sms{s}, std::invalid_argument);
    s = settings();
    s.whatsapp_number.clear();
    s.content_sid.clear();
    BOOST_CHECK_THROW(twilio_whatsapp{s}, std::invalid_argument);
}

BOOST_AUTO_TEST_SUITE_END()

BOOST_AUTO_TEST_SUITE(twilio_answers)

BOOST_AUTO_TEST_CASE(a_created_message_is_accepted_with_its_sid_and_segments) {
    for (const unsigned status : {200U, 201U}) {
        const auto end = read(
            status,
            created(
                R"(,"sid":")" + sid + R"(","status":"queued","error_code":null,"num_segments":"2")"
            )
        );
        BOOST_TEST((end.end == attempt_end::accepted));
        BOOST_TEST((end.why == fault::none));
        BOOST_TEST(end.provider_message_id == sid);
        BOOST_TEST(end.segments.value() == 2);
        BOOST_TEST(end.error_code == "");
        BOOST_TEST(end.http_status.value() == status);
    }
}

BOOST_AUTO_TEST_CASE(segments_that_are_not_known_yet_or_no_text_has_are_left_out) {
    for (const char* count :
         {R"("0")",
          R"("x")",
          R"("")",
          "null",
          "1",
          R"("-1")",
          R"("2x")",
          R"("101")",
          R"("32768")",
          R"("2147483648")"}) {
        const auto end =
            read(201, created(R"(,"sid":")" + sid + R"(","num_segments":)" + std::string(count)));
        BOOST_TEST((end.end == attempt_end::accepted));
        BOOST_TEST(!end.segments.has_value(), count);
    }
}

BOOST_AUTO_TEST_CASE(a_created_message_without_a_sid_of_its_shape_is_in_doubt) {
    for (const std::string id : {R"("")", "null", "12", R"("SM12")", R"("+14155550100")"}) {
        const auto end = read(201, created(R"(,"status":"queued","sid":)" + id));
        BOOST_TEST((end.end == attempt_end::in_doubt), id);
        BOOST_TEST(end.error_code == "missing_message_id");
    }
}

BOOST_AUTO_TEST_CASE(a_message_that_is_created_as_failed_is_judged_by_its_code) {
    auto end =
        read(201, created(R"(,"sid":")" + sid + R"(","status":"failed","error_code":21610)"));
    BOOST_TEST((end.end == attempt_end::refused));
    BOOST_TEST((end.why == fault::blocked));
    BOOST_TEST(end.error_code == "21610");
    BOOST_TEST(end.provider_message_id == sid);
    end = read(201, created(R"(,"sid":")" + sid + R"(","status":"undelivered","error_code":null)"));
    BOOST_TEST((end.end == attempt_end::not_sent));
    BOOST_TEST((end.why == fault::temporary));
}

BOOST_AUTO_TEST_CASE(every_code_of_the_table_in_a_400_means_what_its_row_says) {
    for (const error_row& row : twilio_errors().rows) {
        const auto end = read(400, error(std::stoi(std::string(row.code)), 400));
        BOOST_TEST((end.why == row.why), row.code);
        BOOST_TEST(end.error_code == row.code);
        BOOST_TEST(end.detail == row.meaning);
        BOOST_TEST(end.retry == row.retry, row.code);
        BOOST_TEST(end.fail_over == row.fail_over, row.code);
        BOOST_TEST(end.switch_channel == row.switch_channel, row.code);
        const bool nothing_sent = row.why == fault::rate || row.why == fault::temporary;
        const auto expected = row.why == fault::doubt ? attempt_end::in_doubt
                              : nothing_sent          ? attempt_end::not_sent
                                                      : attempt_end::refused;
        BOOST_TEST((end.end == expected), row.code);
    }
}

BOOST_AUTO_TEST_CASE(an_unlisted_code_is_our_fault) {
    const auto end = read(400, error(21999, 400));
    BOOST_TEST((end.end == attempt_end::refused));
    BOOST_TEST((end.why == fault::config));
    BOOST_TEST(end.error_code == "21999");
    BOOST_TEST(!end.retry);
    BOOST_TEST(end.fail_over);
}

BOOST_AUTO_TEST_CASE(without_a_code_the_status_decides) {
    BOOST_TEST((read(401, "{}").why == fault::account));
    BOOST_TEST((read(403, "{}").why == fault::config));
    BOOST_TEST((read(404, "<html>").why == fault::config));
    BOOST_TEST(read(404, "<html>").error_code == "http_404");
    BOOST_TEST((read(400, R"({"code":"21211"})").why == fault::config));
    BOOST_TEST((read(401, error(29999, 401)).why == fault::account));
}

BOOST_AUTO_TEST_CASE(problem_objects_are_read_by_the_same_code) {
    const auto end = read(
        400,
        R"({"type":"https://x","title":"Bad","status":400,"code":21211,"detail":"+14155550100"})"
    );
    BOOST_TEST((end.why == fault::number));
}

BOOST_AUTO_TEST_CASE(no_code_proves_that_a_5xx_sent_nothing) {
    for (const unsigned status : {500U, 502U, 503U, 504U})
        for (const int code : {20500, 20503, 21211, 20429}) {
            const auto end = read(status, error(code, static_cast<int>(status)));
            BOOST_TEST((end.end == attempt_end::in_doubt));
            BOOST_TEST(end.error_code == std::to_string(code));
        }
}

BOOST_AUTO_TEST_CASE(a_limit_is_told_by_its_code_before_its_status) {
    BOOST_TEST((read(429, error(20429, 429)).end == attempt_end::not_sent));
    BOOST_TEST((read(429, error(29999, 429)).why == fault::rate));
    BOOST_TEST((read(429, error(60203, 429)).why == fault::rate));
    BOOST_TEST(!read(429, error(60203, 429)).retry);
}

BOOST_AUTO_TEST_SUITE_END()
