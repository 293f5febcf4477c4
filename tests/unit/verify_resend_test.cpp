#include "verify/send/cancel_verification.hpp"
#include "verify/send/resend_request.hpp"
#include "verify/send/resend_verification.hpp"

#include <boost/test/unit_test.hpp>

#include <map>

namespace {

using namespace otp;
using namespace std::chrono_literals;

const auto now = std::chrono::system_clock::time_point{1'795'232'094'393ms};
const send_defaults defaults{{240s, 8}, ""};
constexpr const char* first_id = "018f6f5e-7d3c-7a43-9d0f-5b1c2a3d4e5f";
constexpr const char* second_id = "018f6f5e-7d3c-7a43-9d0f-5b1c2a3d4e60";

resend_source latest_request() {
    resend_source latest;
    latest.status = "pending";
    latest.number = "+14155552671";
    latest.purpose = "login";
    latest.request_id = parse_uuid(first_id);
    latest.user = "u-1";
    latest.client_ip = "203.0.113.9";
    latest.channel = "whatsapp";
    latest.template_name = "short";
    latest.locale = "de";
    latest.ttl = 120s;
    latest.code_length = 7;
    return latest;
}

// Its message, which says more than the row.
std::string message_of(const resend_source& latest) {
    auto job = resend_job(latest, {*latest.request_id, {}}, "acme", defaults, now - 60s);
    job.channels = {channel::sms, channel::whatsapp};
    job.variables = {{"app", "Acme"}};
    return write_job(job);
}

resend_request asked(std::vector<channel> channels = {}) {
    return {*parse_uuid(second_id), std::move(channels)};
}

std::map<std::string, std::string> faults(std::string_view text, std::string_view key = {}) {
    const auto read = read_resend_request(secret(text), key);
    BOOST_TEST_REQUIRE(!read.has_value());
    const auto why = read.error();
    std::map<std::string, std::string> all;
    for (const auto& one : why.errors)
        all.emplace(one.field, one.code);
    return all;
}

using fields = std::map<std::string, std::string>;

}  // namespace

BOOST_AUTO_TEST_SUITE(verify_resend)

BOOST_AUTO_TEST_CASE(a_resend_needs_no_body) {
    for (const auto* text : {"", "{}", R"({"channel":null})"}) {
        const auto one = read_resend_request(secret(text), "");
        BOOST_TEST_REQUIRE(one.has_value());
        BOOST_TEST(one->channels.empty());
        BOOST_TEST((one->request_id != read_resend_request(secret(text), "")->request_id));
    }
}

BOOST_AUTO_TEST_CASE(a_resend_may_name_channel_and_id) {
    const auto body = std::string(R"({"channel":"whatsapp","request_id":")") + first_id + "\"}";
    const auto one = read_resend_request(secret(body), "");
    BOOST_TEST((one->channels == std::vector{channel::whatsapp}));
    BOOST_TEST(to_string(one->request_id) == first_id);
    BOOST_TEST(to_string(read_resend_request(secret(""), first_id)->request_id) == first_id);
    BOOST_TEST((faults(body, second_id) == fields{{"request_id", "request_id_mismatch"}}));
}

BOOST_AUTO_TEST_CASE(every_fault_of_a_resend_is_named) {
    const fields expected{{"channel", "invalid_field"}, {"to", "unknown_field"}};
    BOOST_TEST((faults(R"({"channel":"pigeon","to":"+14155552671"})") == expected));
    BOOST_TEST((faults(R"({"channel":7})") == fields{{"channel", "invalid_field"}}));
    BOOST_TEST((faults("", "once") == fields{{"Idempotency-Key", "invalid_field"}}));
    for (const auto* text : {"[]", "{", "x", " "})
        BOOST_TEST(read_resend_request(secret(text), "").error().code == "malformed_request");
}

BOOST_AUTO_TEST_CASE(a_resend_repeats_the_message_of_the_latest_request_from_now_on) {
    auto latest = latest_request();
    latest.job = message_of(latest);
    const auto job = resend_job(latest, asked(), "acme", defaults, now);
    BOOST_TEST(to_string(job.request_id) == second_id);
    BOOST_TEST((job.requested_at == now));
    BOOST_TEST(job.tenant == "acme");
    BOOST_TEST(job.to.e164() == "+14155552671");
    BOOST_TEST(job.purpose == "login");
    BOOST_TEST((job.channels == std::vector{channel::sms, channel::whatsapp}));
    BOOST_TEST(job.template_name == "short");
    BOOST_TEST(job.locale == "de");
    BOOST_TEST_REQUIRE(job.variables.size() == 1U);
    BOOST_TEST(job.variables[0].second == "Acme");
    BOOST_TEST((job.ttl == 120s));
    BOOST_TEST(job.code_length == 7);
    BOOST_TEST(job.user.value() == "u-1");
    BOOST_TEST(job.client_ip.value() == "203.0.113.9");
}

BOOST_AUTO_TEST_CASE(a_message_that_leaves_its_id_to_its_properties_is_repeated_too) {
    auto latest = latest_request();
    latest.job = R"({"to":"+14155552671","purpose":"login","variables":{"app":"Acme"}})";
    const auto job = resend_job(latest, asked(), "acme", defaults, now);
    BOOST_TEST_REQUIRE(job.variables.size() == 1U);
    BOOST_TEST(job.code_length == 8);
}

BOOST_AUTO_TEST_CASE(without_the_message_a_resend_is_made_from_the_row) {
    const auto job = resend_job(latest_request(), asked(), "acme", defaults, now);
    BOOST_TEST(job.to.e164() == "+14155552671");
    BOOST_TEST((job.channels == std::vector{channel::whatsapp}));
    BOOST_TEST(job.template_name == "short");
    BOOST_TEST(job.locale == "de");
    BOOST_TEST(job.user.value() == "u-1");
    BOOST_TEST((job.ttl == 120s));
    BOOST_TEST(job.code_length == 7);
}

BOOST_AUTO_TEST_CASE(what_a_row_does_not_say_comes_from_the_settings) {
    resend_source bare;
    bare.number = "+14155552671";
    bare.purpose = "login";
    const auto job = resend_job(bare, asked(), "acme", defaults, now);
    BOOST_TEST(job.channels.empty());
    BOOST_TEST(job.template_name == "otp");
    BOOST_TEST(job.locale.empty());
    BOOST_TEST((job.ttl == 240s));
    BOOST_TEST(job.code_length == 8);
}

BOOST_AUTO_TEST_CASE(a_channel_that_is_asked_for_takes_the_place_of_the_others) {
    auto latest = latest_request();
    latest.job = message_of(latest);
    const auto job = resend_job(latest, asked({channel::sms}), "acme", defaults, now);
    BOOST_TEST((job.channels == std::vector{channel::sms}));
}

BOOST_AUTO_TEST_CASE(what_was_settled_has_no_resend) {
    BOOST_TEST(settled_before_resend("approved").code == "already_used");
    for (const auto* status : {"expired", "canceled", "max_attempts_reached"}) {
        BOOST_TEST(settled_before_resend(status).code == status);
        BOOST_TEST(settled_before_resend(status).status == 410U);
    }
}

BOOST_AUTO_TEST_CASE(a_cancel_is_answered_by_what_became_of_the_verification) {
    canceled_verification became;
    became.status = "canceled";
    became.number = "+14155552671";
    became.purpose = "login";
    became.settled_at = now;
    const auto done = canceled_answer(*parse_uuid(first_id), became);
    BOOST_TEST(done.status == 200U);
    BOOST_TEST(
        done.body == std::string(R"({"id":")") + first_id +
                         R"(","status":"canceled","to":"+1415****671","purpose":"login",)"
                         R"("settled_at":"2026-11-21T03:34:54.393Z"})"
    );
    for (const auto& [status, code] : std::map<std::string, std::string>{
             {"approved", "already_used"},
             {"expired", "expired"},
             {"max_attempts_reached", "max_attempts_reached"}}) {
        became.status = status;
        const auto gone = canceled_answer(uuid{}, became);
        BOOST_TEST(gone.status == 410U);
        BOOST_TEST(gone.body.find("\"code\":\"" + code + "\"") != std::string::npos);
    }
}

BOOST_AUTO_TEST_SUITE_END()
