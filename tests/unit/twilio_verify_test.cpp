// What Twilio Verify is asked, and what its answers mean
// (twilio.com/docs/verify/api/verification, and the codes of twilio.com/docs/api/errors).

#include "common/provider/error_table.hpp"
#include "tests/support/provider_case.hpp"
#include "worker/provider/twilio_verify.hpp"

#include <boost/test/unit_test.hpp>

#include <stdexcept>

using namespace otp;
using namespace otp::test;
using namespace std::chrono_literals;

namespace {

const std::string hex = "0123456789abcdef0123456789abcdef";
const std::string sid = "VE" + hex;
const std::string verifications = "/v2/Services/VA" + hex + "/Verifications";

twilio_settings settings() {
    twilio_settings s;
    s.account_sid = "AC" + hex;
    s.auth_token = secret("token");
    s.verify_service_sid = "VA" + hex;
    return s;
}

twilio_verify by_sms() {
    return {settings(), channel::sms};
}

std::string error(int code, int status, const std::string& message = "Invalid parameter") {
    return R"({"code":)" + std::to_string(code) + R"(,"message":")" + message +
           R"(","more_info":"https://www.twilio.com/docs/errors/x","status":)" +
           std::to_string(status) + "}";
}

std::string pending(const std::string& time, const std::string& status = "pending") {
    return R"({"sid":")" + sid + R"(","to":"+14155550100","channel":"sms","status":")" + status +
           R"(","valid":false,"send_code_attempts":[{"time":")" + time +
           R"(","channel":"SMS","attempt_sid":"VL)" + hex + R"("}]})";
}

outcome read(unsigned status, const std::string& body) {
    return by_sms().classify(answered(status, body));
}

// 2023-08-24T05:01:45.750Z
const auto begun = std::chrono::system_clock::from_time_t(1692853305) + 750ms;

std::optional<outcome> look_up(unsigned status, const std::string& body) {
    const doubtful doubt{*phone_number::from_e164("+14155550100"), secret(code_digits), begun};
    return by_sms().read_look_up(answered(status, body), doubt);
}

}  // namespace

BOOST_AUTO_TEST_SUITE(twilio_verify_is_asked)

BOOST_AUTO_TEST_CASE(for_a_text_with_our_code_by_a_form) {
    auto what = one_message();
    what.locale = "en-gb";
    const auto sms = by_sms();
    const auto request = sms.build(what);
    BOOST_TEST(request.target == verifications);
    BOOST_TEST(sms.origin() == "https://verify.twilio.com");
    const auto fields = fields_of(request);
    BOOST_TEST(fields.size() == 5U);
    BOOST_TEST(fields.at("To") == "+14155550100");
    BOOST_TEST(fields.at("Channel") == "sms");
    BOOST_TEST(fields.at("CustomCode") == code_digits);
    BOOST_TEST(fields.at("Locale") == "en-GB");
    BOOST_TEST(fields.at("Tags") == R"({"attempt":"018f6f5e-7d3c-7a43-9d0f-5b1c2a3d4e5f/2"})");
}

BOOST_AUTO_TEST_CASE(for_whatsapp_by_the_same_number) {
    const twilio_verify whatsapp(settings(), channel::whatsapp);
    const auto request = whatsapp.build(one_message());
    BOOST_TEST(fields_of(request).at("To") == "+14155550100");
    BOOST_TEST(fields_of(request).at("Channel") == "whatsapp");
    BOOST_TEST(fields_of(request).contains("Locale") == false);
}

BOOST_AUTO_TEST_CASE(in_a_language_that_it_has_or_in_that_of_the_number) {
    const std::pair<const char*, const char*> rows[] = {
        {"", ""},
        {"de", "de"},
        {"de-AT", "de"},
        {"PT-br", "pt-BR"},
        {"pt-PT", "pt"},
        {"zh-HK", "zh-HK"},
        {"is", ""},
        {"is-IS", ""},
        {"e", ""},
        {"-", ""}};
    for (const auto& [wanted, sent] : rows)
        BOOST_TEST(verify_locale(wanted) == sent, wanted);
}

BOOST_AUTO_TEST_CASE(to_end_what_is_pending_before_it_is_given_a_code) {
    const auto sms = by_sms();
    const auto request = sms.build_preparation(one_message());
    BOOST_REQUIRE(request.has_value());
    BOOST_TEST(request->method == "POST");
    BOOST_TEST(request->target == verifications + "/%2B14155550100");
    BOOST_TEST(fields_of(*request).at("Status") == "canceled");
}

BOOST_AUTO_TEST_CASE(under_a_path_where_the_base_url_has_one) {
    auto s = settings();
    s.verify_api_url = "https://proxy.example:8443/twilio/";
    const twilio_verify sms(s, channel::sms);
    BOOST_TEST(sms.origin() == "https://proxy.example:8443");
    BOOST_TEST(sms.build(one_message()).target == "/twilio" + verifications);
}

BOOST_AUTO_TEST_CASE(only_with_a_service_and_on_its_two_channels) {
    auto s = settings();
    BOOST_CHECK_THROW(twilio_verify(s, channel::voice), std::invalid_argument);
    s.verify_service_sid.clear();
    BOOST_CHECK_THROW(twilio_verify(s, channel::sms), std::invalid_argument);
}

BOOST_AUTO_TEST_SUITE_END()

BOOST_AUTO_TEST_SUITE(what_twilio_verify_answers)

BOOST_AUTO_TEST_CASE(is_accepted_with_the_verifications_sid_and_counts_as_one_segment) {
    const auto end = read(201, pending("2023-08-24T05:01:46Z"));
    BOOST_TEST((end.end == attempt_end::accepted));
    BOOST_TEST(end.provider_message_id == sid);
    BOOST_TEST(end.segments.value() == 1);
    const twilio_verify whatsapp(settings(), channel::whatsapp);
    BOOST_TEST(!whatsapp.classify(answered(201, pending(""))).segments.has_value());
}

BOOST_AUTO_TEST_CASE(is_in_doubt_without_a_sid_of_a_verification) {
    const auto end = read(201, R"({"sid":"SM)" + hex + R"(","status":"pending"})");
    BOOST_TEST((end.end == attempt_end::in_doubt));
    BOOST_TEST(end.error_code == "missing_message_id");
}

BOOST_AUTO_TEST_CASE(is_not_sent_where_the_verification_is_over_as_it_is_made) {
    for (const std::string state : {"failed", "canceled", "expired", "max_attempts_reached"}) {
        const auto end = read(201, pending("", state));
        BOOST_TEST((end.end == attempt_end::not_sent), state);
        BOOST_TEST(end.error_code == state);
        BOOST_TEST((end.fail_over && end.switch_channel));
    }
}

BOOST_AUTO_TEST_CASE(means_what_the_row_of_its_code_says) {
    struct row {
        int code;
        int status;
        attempt_end end;
        fault why;
        bool retry;
        bool fail_over;
        bool switch_channel;
    };
    using enum attempt_end;
    const row rows[] = {
        {20003, 401, refused, fault::account, false, true, true},
        {20404, 404, refused, fault::config, false, true, true},
        {20429, 429, not_sent, fault::rate, true, true, true},
        {60200, 400, refused, fault::config, false, false, false},
        {60203, 429, not_sent, fault::rate, false, false, false},
        {60204, 403, refused, fault::config, false, true, true},
        {60205, 403, refused, fault::number, false, false, true},
        {60212, 429, not_sent, fault::rate, true, false, false},
        {60220, 400, refused, fault::config, false, true, true},
        {60223, 400, refused, fault::config, false, true, true},
        {60410, 403, refused, fault::blocked, false, false, false},
        {60605, 403, refused, fault::config, false, true, true},
        {60606, 400, refused, fault::config, false, true, false},
        {60608, 400, not_sent, fault::temporary, true, true, false},
        {69999, 400, refused, fault::config, false, true, true},
    };
    for (const row& r : rows)
        BOOST_TEST_CONTEXT(r.code) {
            const auto end = read(static_cast<unsigned>(r.status), error(r.code, r.status));
            BOOST_TEST((end.end == r.end));
            BOOST_TEST((end.why == r.why));
            BOOST_TEST(end.error_code == std::to_string(r.code));
            BOOST_TEST(end.retry == r.retry);
            BOOST_TEST(end.fail_over == r.fail_over);
            BOOST_TEST(end.switch_channel == r.switch_channel);
        }
}

BOOST_AUTO_TEST_CASE(blames_the_number_where_the_parameter_is_the_number) {
    for (const auto* message : {"Invalid parameter `To`: +1415", "Invalid 'To' parameter"}) {
        const auto end = read(400, error(60200, 400, message));
        BOOST_TEST((end.why == fault::number), message);
        BOOST_TEST(end.detail.find("+1415") == std::string::npos);
    }
    BOOST_TEST((read(400, error(60200, 400, "Invalid parameter `Token`")).why == fault::config));
    BOOST_TEST((read(500, error(60200, 500, "`To`")).end == attempt_end::in_doubt));
}

BOOST_AUTO_TEST_CASE(lets_the_text_follow_once_nothing_is_pending) {
    const auto sms = by_sms();
    BOOST_TEST(!sms.read_preparation(answered(200, pending("", "canceled"))).has_value());
    BOOST_TEST(!sms.read_preparation(answered(404, error(20404, 404))).has_value());
    const auto unknown = sms.read_preparation(answered(503, "<html>"));
    BOOST_REQUIRE(unknown.has_value());
    BOOST_TEST((unknown->end == attempt_end::not_sent && unknown->why == fault::temporary));
    BOOST_TEST((unknown->retry && unknown->fail_over));
    const auto stranger = sms.read_preparation(answered(401, error(20003, 401)));
    BOOST_REQUIRE(stranger.has_value());
    BOOST_TEST((stranger->end == attempt_end::refused && stranger->why == fault::account));
}

BOOST_AUTO_TEST_SUITE_END()

BOOST_AUTO_TEST_SUITE(twilio_verify_after_a_doubt)

BOOST_AUTO_TEST_CASE(is_asked_for_what_is_pending_for_the_number) {
    const auto sms = by_sms();
    const auto request = sms.build_look_up({one_message().to, secret(code_digits), begun});
    BOOST_REQUIRE(request.has_value());
    BOOST_TEST(request->method == "GET");
    BOOST_TEST(request->target == verifications + "/%2B14155550100");
    BOOST_TEST(request->head.find("Authorization: Basic ") != std::string_view::npos);
}

BOOST_AUTO_TEST_CASE(settles_it_by_a_code_sent_since) {
    for (const std::string at : {"2023-08-24T05:01:45Z", "2023-08-24T05:01:59Z"}) {
        const auto found = look_up(200, pending(at));
        BOOST_REQUIRE_MESSAGE(found.has_value(), at);
        BOOST_TEST((found->end == attempt_end::accepted));
        BOOST_TEST(found->provider_message_id == sid);
        BOOST_TEST(found->segments.value() == 1);
    }
}

// Also where nothing is pending: the request may still be on its way, and a later text to the
// number ends the verification of this one.
BOOST_AUTO_TEST_CASE(says_nothing_by_anything_else) {
    BOOST_TEST(!look_up(404, error(20404, 404)).has_value());
    BOOST_TEST(!look_up(200, pending("2023-08-24T05:01:44Z")).has_value());
    BOOST_TEST(!look_up(200, pending("yesterday")).has_value());
    BOOST_TEST(!look_up(200, pending("2023-08-24T05:01:59Z", "canceled")).has_value());
    BOOST_TEST(!look_up(200, R"({"sid":"VE","status":"pending"})").has_value());
    BOOST_TEST(!look_up(500, pending("2023-08-24T05:01:59Z")).has_value());
}

BOOST_AUTO_TEST_SUITE_END()
