#include "common/core/base64.hpp"
#include "sandbox/inbox.hpp"
#include "sandbox/magic_numbers.hpp"
#include "sandbox/twilio_verify.hpp"

#include <boost/test/unit_test.hpp>

#include <rapidjson/document.h>

using namespace otp::sandbox;
using namespace std::chrono_literals;

// The rules of each field are tested through the program, in tests/system/sandbox_verify_test.py.
// Here stands what hangs on time and on what is pending.
namespace {

const moment noon{std::chrono::seconds(1'790'000'000)};
const std::string account_sid = "AC0123456789abcdef0123456789abcdef";
const std::string service_sid = "VA0123456789abcdef0123456789abcdef";
const std::string number = "+14155550100";

struct at_verify {
    static std::optional<twilio_account> account() {
        twilio_account one;
        one.sid = account_sid;
        one.auth_token = otp::secret("token");
        return one;
    }

    request asked(std::string_view body = {}) const {
        return {authorization, {}, "application/x-www-form-urlencoded", {}, body};
    }

    reply start(const std::string& code, moment now, const std::string& to = number) {
        const auto body = write_form({{"To", to}, {"Channel", "sms"}, {"CustomCode", code}});
        return verify.start(service_sid, asked(body), new_ids, now);
    }

    answer fetch(std::string_view key, moment now) {
        return verify.fetch(service_sid, key, asked(), now);
    }

    answer end(std::string_view key, const std::string& status, moment now) {
        const auto body = write_form({{"Status", status}});
        return verify.end(service_sid, key, asked(body), now);
    }

    const std::string authorization =
        "Basic " + std::string(otp::base64(account_sid + ":token").reveal());
    twilio_verify verify{account(), 3};
    ids new_ids{1};
};

std::string text_in(const std::string& json, const char* name) {
    rapidjson::Document read;
    read.Parse(json.c_str());
    return read[name].GetString();
}

std::size_t sends_in(const std::string& json) {
    rapidjson::Document read;
    read.Parse(json.c_str());
    return read["send_code_attempts"].Size();
}

}  // namespace

BOOST_FIXTURE_TEST_SUITE(verifications_of_the_sandbox, at_verify)

BOOST_AUTO_TEST_CASE(are_sent_again_with_their_first_code_while_they_are_pending) {
    const auto first = start("482913", noon);
    const auto second = start("777111", noon + 9min);
    BOOST_REQUIRE((first.accepted && second.accepted));
    BOOST_TEST(second.accepted->text == first.accepted->text);
    BOOST_TEST(second.accepted->text.find("482913") != std::string::npos);
    BOOST_TEST(text_in(second.says.body, "sid") == text_in(first.says.body, "sid"));
    BOOST_TEST(sends_in(second.says.body) == 2U);
    BOOST_TEST(text_in(second.says.body, "date_updated") == "2026-09-21T14:22:20Z");
}

BOOST_AUTO_TEST_CASE(are_over_after_ten_minutes) {
    const auto first = start("482913", noon);
    BOOST_TEST(fetch(number, noon + 10min - 1s).status == 200U);
    BOOST_TEST(fetch(number, noon + 10min).status == 404U);
    const auto second = start("777111", noon + 10min);
    BOOST_TEST(second.accepted->text.find("777111") != std::string::npos);
    BOOST_TEST(text_in(second.says.body, "sid") != text_in(first.says.body, "sid"));
}

BOOST_AUTO_TEST_CASE(make_way_for_another_code_once_they_are_ended) {
    for (const std::string status : {"canceled", "approved"}) {
        const auto first = start("482913", noon);
        const auto over = end(number, status, noon);
        BOOST_TEST(over.status == 200U);
        BOOST_TEST(text_in(over.body, "status") == status);
        BOOST_TEST(text_in(over.body, "sid") == text_in(first.says.body, "sid"));
        BOOST_TEST(end(number, status, noon).status == 404U);
        const auto second = start("777111", noon);
        BOOST_TEST(second.accepted->text.find("777111") != std::string::npos);
        end(number, status, noon);
    }
}

BOOST_AUTO_TEST_CASE(are_found_by_number_and_by_sid) {
    const auto sid = text_in(start("482913", noon).says.body, "sid");
    for (const auto& key : {number, sid}) {
        const auto says = fetch(key, noon);
        BOOST_TEST(says.status == 200U);
        BOOST_TEST(text_in(says.body, "status") == "pending");
        BOOST_TEST(says.body.find("482913") == std::string::npos);
    }
    BOOST_TEST(fetch("+14155550101", noon).status == 404U);
}

BOOST_AUTO_TEST_CASE(are_sent_five_times_at_most) {
    for (int i = 0; i < 5; ++i)
        BOOST_TEST(start("482913", noon).says.status == 201U);
    const auto sixth = start("482913", noon);
    BOOST_TEST(sixth.says.status == 429U);
    BOOST_TEST(sixth.says.body.find("60203") != std::string::npos);
    BOOST_TEST(!sixth.accepted);
}

BOOST_AUTO_TEST_CASE(are_forgotten_oldest_first_where_there_are_too_many) {
    for (const char last : {'1', '2', '3', '4', '5'})
        start("482913", noon, "+1415555010" + std::string(1, last));
    BOOST_TEST(fetch("+14155550101", noon).status == 404U);
    BOOST_TEST(fetch("+14155550105", noon).status == 200U);
}

BOOST_AUTO_TEST_CASE(that_no_answer_told_of_are_pending_all_the_same) {
    for (const auto what : {lesson::close_accepted, lesson::server_error_accepted}) {
        const auto to = number_for(service::twilio_verify, what);
        BOOST_TEST((start("482913", noon, to).accepted != nullptr));
        BOOST_TEST(fetch(to, noon).status == 200U);
    }
    const auto to = number_for(service::twilio_verify, lesson::close);
    BOOST_TEST(!start("482913", noon, to).accepted);
    BOOST_TEST(fetch(to, noon).status == 404U);
}

// Both texts have the verification's SID.
BOOST_AUTO_TEST_CASE(stand_in_the_inbox_once_for_each_text) {
    inbox texts(2);
    for (const auto at : {noon, noon + 1min, noon + 2min})
        texts.add(start("482913", at).accepted);
    const auto kept = texts.select({});
    BOOST_REQUIRE(kept.messages.size() == 2U);
    BOOST_TEST((texts.find(kept.messages.front()->id) == kept.messages.front()));
    texts.add(start("482913", noon, "+14155550101").accepted);
    texts.add(start("482913", noon, "+14155550102").accepted);
    BOOST_TEST((texts.find(kept.messages.front()->id) == nullptr));
}

BOOST_AUTO_TEST_SUITE_END()
