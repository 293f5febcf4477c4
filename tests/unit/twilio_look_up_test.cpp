// How Twilio is asked for an attempt in doubt, and what its list of messages says of it
// (twilio.com/docs/messaging/api/message-resource, "Read multiple Message resources").

#include "tests/support/provider_case.hpp"
#include "tests/support/twilio_case.hpp"

#include <boost/test/unit_test.hpp>

using namespace otp;
using namespace otp::test;
using namespace std::chrono_literals;

namespace {

// 2023-08-24T05:01:45.750Z
const auto begun = std::chrono::system_clock::from_time_t(1692853305) + 750ms;

doubtful the_doubt() {
    return {*phone_number::from_e164("+14155550100"), secret(code_digits), begun};
}

struct listed {
    std::string date = "Thu, 24 Aug 2023 05:01:45 +0000";
    std::string body = "804271 is your code";
    std::string direction = "outbound-api";
    std::string status = "sent";
    std::string error_code = "null";
    std::string id = sid;

    std::string json() const {
        return R"({"sid":")" + id + R"(","date_created":")" + date + R"(","body":")" + body +
               R"(","direction":")" + direction + R"(","status":")" + status +
               R"(","error_code":)" + error_code + R"(,"num_segments":"1","to":"+14155550100"})";
    }
};

std::string list_of(const std::vector<listed>& messages) {
    std::string json = R"({"messages":[)";
    for (const auto& one : messages)
        json += (json.back() == '[' ? "" : ",") + one.json();
    return json + R"(],"next_page_uri":null})";
}

std::optional<outcome> read(const std::vector<listed>& messages) {
    return read_twilio_list(answered(200, list_of(messages)), the_doubt());
}

}  // namespace

BOOST_AUTO_TEST_SUITE(twilio_look_up)

BOOST_AUTO_TEST_CASE(asks_for_the_newest_messages_to_the_number) {
    const twilio_sms sms(settings());
    const auto request = sms.build_look_up(the_doubt());
    BOOST_REQUIRE(request.has_value());
    BOOST_TEST(request->method == "GET");
    BOOST_TEST(
        request->target ==
        "/2010-04-01/Accounts/AC" + hex32 + "/Messages.json?To=%2B14155550100&PageSize=20"
    );
    BOOST_TEST(request->body.empty());
    BOOST_TEST(request->head.find("Authorization: Basic ") != std::string_view::npos);
    BOOST_TEST(request->head.find("Content-Type") == std::string_view::npos);
}

BOOST_AUTO_TEST_CASE(names_the_channel_for_whatsapp) {
    const twilio_whatsapp whatsapp(settings());
    BOOST_TEST(
        whatsapp.build_look_up(the_doubt())->target.find("To=whatsapp%3A%2B14155550100&") !=
        std::string::npos
    );
}

BOOST_AUTO_TEST_CASE(takes_a_message_with_the_code_as_accepted) {
    for (const std::string status :
         {"accepted", "queued", "sending", "sent", "delivered", "read"}) {
        listed one;
        one.status = status;
        const auto end = read({one});
        BOOST_REQUIRE(end.has_value());
        BOOST_TEST((end->end == attempt_end::accepted), status);
        BOOST_TEST(end->provider_message_id == sid);
        BOOST_TEST(end->segments.value() == 1);
    }
}

BOOST_AUTO_TEST_CASE(takes_a_message_whose_text_is_no_longer_kept) {
    listed one;
    one.body = "";
    BOOST_TEST(read({one}).has_value());
}

BOOST_AUTO_TEST_CASE(takes_a_failed_message_as_refused_with_what_its_code_allows) {
    listed one;
    one.status = "undelivered";
    one.error_code = "30006";
    const auto end = read({one});
    BOOST_REQUIRE(end.has_value());
    BOOST_TEST((end->end == attempt_end::refused));
    BOOST_TEST(end->error_code == "30006");
    BOOST_TEST(end->provider_message_id == sid);
}

BOOST_AUTO_TEST_CASE(believes_a_taken_message_over_a_failed_one) {
    listed failed;
    failed.status = "failed";
    failed.error_code = "30008";
    BOOST_TEST((read({failed, listed{}})->end == attempt_end::accepted));
}

BOOST_AUTO_TEST_CASE(finds_the_message_among_others) {
    listed old;
    old.date = "Thu, 24 Aug 2023 05:01:44 +0000";
    listed other_code;
    other_code.body = "111222 is your code";
    listed answer;
    answer.direction = "inbound";
    listed ours;
    ours.id = "SM" + std::string(32, 'f');
    const auto end = read({old, other_code, answer, ours});
    BOOST_REQUIRE(end.has_value());
    BOOST_TEST(end->provider_message_id == ours.id);
    BOOST_TEST(!read({old, other_code, answer}).has_value());
}

BOOST_AUTO_TEST_CASE(says_nothing_where_no_message_is_listed_or_none_can_be_read) {
    BOOST_TEST(!read({}).has_value());
    for (const char* body :
         {"", "[]", "{}", "null", R"({"messages":{}})", R"({"messages":[1,null]})"})
        BOOST_TEST(!read_twilio_list(answered(200, body), the_doubt()).has_value(), body);
    listed undated;
    undated.date = "yesterday";
    BOOST_TEST(!read({undated}).has_value());
    listed nameless;
    nameless.id = "";
    BOOST_TEST(!read({nameless}).has_value());
    BOOST_TEST(!read_twilio_list(answered(429, list_of({listed{}})), the_doubt()).has_value());
    BOOST_TEST(
        !read_twilio_list(failed(http::call_failure::certainty::in_doubt), the_doubt()).has_value()
    );
}

BOOST_AUTO_TEST_SUITE_END()
