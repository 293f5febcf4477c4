#include "common/core/base64.hpp"
#include "common/provider/twilio_signature.hpp"
#include "sandbox/gupshup_sms.hpp"
#include "sandbox/gupshup_whatsapp.hpp"
#include "sandbox/magic_numbers.hpp"
#include "sandbox/receipt.hpp"
#include "sandbox/twilio_errors.hpp"
#include "sandbox/twilio_messages.hpp"
#include "sandbox/twilio_verify.hpp"

#include <boost/test/unit_test.hpp>

#include <rapidjson/document.h>

#include <optional>
#include <ostream>

using namespace otp;
using namespace otp::sandbox;
using namespace std::chrono_literals;

// The rules of each field are tested through the program, in tests/system/sandbox_*_test.py. Here
// stands what follows from a request that was taken.
namespace {

const moment start{std::chrono::seconds(1'790'000'000)};
const std::string account_sid = "AC0123456789abcdef0123456789abcdef";
constexpr auto pace = 100ms;

twilio_account account() {
    twilio_account one;
    one.sid = account_sid;
    one.auth_token = secret("token");
    one.phone_number = "+15005550006";
    return one;
}

struct at_twilio {
    reply send(const std::string& to, const std::string& more = "From=%2B15005550006&Body=482913") {
        const std::string body = write_form({{"To", to}}) + "&" + more;
        return messages.create(account_sid, asked(body), new_ids, start);
    }

    request asked(std::string_view body, std::string_view query = {}) const {
        return {authorization, {}, "application/x-www-form-urlencoded", query, body};
    }

    const std::string authorization =
        "Basic " + std::string(base64(account_sid + ":token").reveal());
    twilio_messages messages{account(), pace};
    ids new_ids{1};
};

reply at_whatsapp(
    const std::string& destination,
    const std::string& template_json = R"({"id":"t","params":["482913"]})"
) {
    gupshup_app app;
    app.api_key = secret("key");
    app.webhook_url = "http://127.0.0.1:1/hook";
    const auto body = write_form({
        {"channel", "whatsapp"},
        {"source", "15005550007"},
        {"destination", destination},
        {"src.name", "Acme"},
        {"template", template_json},
    });
    ids new_ids(2);
    return gupshup_whatsapp_send(
        std::move(app),
        {{}, "key", "application/x-www-form-urlencoded", {}, body},
        new_ids,
        start
    );
}

reply at_gateway(const std::string& to) {
    gupshup_gateway gateway;
    gateway.user_id = "200";
    gateway.password = secret("word");
    gateway.webhook_url = "http://127.0.0.1:1/hook";
    const auto body = write_form({
        {"method", "SendMessage"},
        {"userid", "200"},
        {"password", "word"},
        {"auth_scheme", "plain"},
        {"v", "1.1"},
        {"send_to", to},
        {"msg", "482913"},
        {"msg_type", "TEXT"},
        {"format", "json"},
    });
    ids new_ids(3);
    return gupshup_sms_send(
        std::move(gateway),
        {{}, {}, "application/x-www-form-urlencoded", {}, body},
        true,
        new_ids,
        start
    );
}

reply at_verify(const std::string& to) {
    sandbox::twilio_verify verify(account(), 10);
    ids new_ids(4);
    const auto body = write_form({{"To", to}, {"Channel", "sms"}, {"CustomCode", "482913"}});
    const auto authorization = "Basic " + std::string(base64(account_sid + ":token").reveal());
    return verify.start(
        "VA0123456789abcdef0123456789abcdef",
        {authorization, {}, "application/x-www-form-urlencoded", {}, body},
        new_ids,
        start
    );
}

reply send_by(service by, const std::string& to) {
    switch (by) {
    case service::twilio:
        return at_twilio().send(to);
    case service::gupshup_whatsapp:
        return at_whatsapp(to.substr(1));
    case service::gupshup_sms:
        return at_gateway(to.substr(1));
    case service::twilio_verify:
        return at_verify(to);
    }
    return {};
}

constexpr service services[] =
    {service::twilio, service::gupshup_whatsapp, service::gupshup_sms, service::twilio_verify};

std::string words_of(const std::vector<receipt>& all) {
    std::string words;
    for (const auto& one : all)
        words += (words.empty() ? "" : " ") + std::string(one.says);
    return words;
}

rapidjson::Document parsed(const std::string& json) {
    rapidjson::Document document;
    document.Parse(json.c_str());
    return document;
}

}  // namespace

BOOST_AUTO_TEST_SUITE(every_provider)

BOOST_AUTO_TEST_CASE(accepts_an_ordinary_number) {
    for (const auto by : services) {
        const auto end = send_by(by, "+14155550100");
        BOOST_REQUIRE(end.accepted);
        BOOST_TEST((end.line == line_fault::none));
        BOOST_TEST(end.says.status < 300U);
        BOOST_TEST((end.accepted->by == by));
        BOOST_TEST(end.accepted->to == "+14155550100");
        BOOST_TEST(end.says.body.find(end.accepted->id) != std::string::npos);
        BOOST_TEST((end.accepted->goes_on.end == status::delivered));
    }
}

BOOST_AUTO_TEST_CASE(does_on_the_line_what_the_lesson_says) {
    for (const auto by : services)
        for (const auto& row : magic_numbers()) {
            const auto way = course_of(row.teaches);
            const auto end = send_by(by, number_for(by, row.teaches));
            BOOST_TEST_CONTEXT(number_for(by, row.teaches)) {
                BOOST_TEST((end.line == way.line));
                if (way.accepted)
                    BOOST_TEST((end.accepted != nullptr));
                if (end.accepted && end.accepted->goes_on.end == status::undelivered)
                    BOOST_TEST(!end.accepted->goes_on.error_code.empty());
                if (end.accepted && end.accepted->goes_on.end == status::failed)
                    BOOST_TEST(!end.accepted->goes_on.error_code.empty());
            }
        }
}

BOOST_AUTO_TEST_CASE(tells_a_refusal_at_once_or_with_the_receipt_but_never_delivers) {
    for (const auto by : services)
        for (const auto what :
             {lesson::refused_number,
              lesson::blocked,
              lesson::account_fault,
              lesson::message_fault,
              lesson::wrong_channel,
              lesson::slow_down,
              lesson::server_error,
              lesson::unavailable}) {
            const auto end = send_by(by, number_for(by, what));
            BOOST_TEST_CONTEXT(number_for(by, what)) {
                const bool later = end.accepted && end.accepted->goes_on.end != status::delivered;
                const bool at_once = !end.accepted && (end.says.status >= 400 ||
                                                       end.says.body.find(R"("status":"error")") !=
                                                           std::string::npos);
                BOOST_TEST((later || at_once));
            }
        }
}

BOOST_AUTO_TEST_SUITE_END()

BOOST_AUTO_TEST_SUITE(gupshup_whatsapp)

BOOST_AUTO_TEST_CASE(refuses_a_template_of_any_depth_that_is_no_object) {
    const auto end = at_whatsapp("14155550100", std::string(20'000, '['));
    BOOST_TEST(end.says.status == 400U);
    BOOST_TEST(!end.accepted);
}

BOOST_AUTO_TEST_SUITE_END()

BOOST_FIXTURE_TEST_SUITE(twilios_messages, at_twilio)

BOOST_AUTO_TEST_CASE(are_refused_without_an_account) {
    const twilio_messages nobody(std::nullopt, pace);
    const auto end = nobody.create(account_sid, asked("To=%2B14155550100"), new_ids, start);
    BOOST_TEST(end.says.status == 401U);
    BOOST_TEST(!end.accepted);
}

BOOST_AUTO_TEST_CASE(show_their_progress_when_fetched) {
    inbox box(10);
    const auto end = send("+14155550100");
    box.add(end.accepted);
    const auto file = end.accepted->id + ".json";
    const auto status_after = [&](std::chrono::milliseconds span) {
        const auto says = messages.fetch(account_sid, file, asked({}), box, start + span);
        return std::string(parsed(says.body)["status"].GetString());
    };
    BOOST_TEST(status_after(0ms) == "queued");
    BOOST_TEST(status_after(pace) == "sent");
    BOOST_TEST(status_after(2 * pace) == "delivered");
}

BOOST_AUTO_TEST_CASE(of_other_providers_are_not_listed_or_fetched) {
    inbox box(10);
    const auto other = at_gateway("14155550100").accepted;
    box.add(other);
    box.add(send("+14155550100").accepted);
    const auto listed = messages.list(account_sid, asked({}, "To=%2B14155550100"), box, start);
    BOOST_TEST(parsed(listed.body)["messages"].Size() == 1U);
    BOOST_TEST(
        messages.fetch(account_sid, other->id + ".json", asked({}), box, start).status == 404U
    );
}

BOOST_AUTO_TEST_CASE(that_were_never_sent_have_no_sent_date_to_filter_by) {
    inbox box(10);
    box.add(send(number_for(service::twilio, lesson::failed)).accepted);
    box.add(send(number_for(service::twilio, lesson::no_receipt)).accepted);
    const auto listed =
        messages.list(account_sid, asked({}, "DateSent%3E=2020-01-01"), box, start + 1h);
    BOOST_TEST(parsed(listed.body)["messages"].Size() == 0U);
}

BOOST_AUTO_TEST_CASE(with_variables_of_any_depth_are_refused_like_others_that_are_no_texts) {
    const std::string deep(60'000, '[');
    const auto sid = "HX0123456789abcdef0123456789abcdef";
    const auto end = send(
        "+14155550100",
        "From=%2B15005550006&ContentSid=" + std::string(sid) + "&ContentVariables=" + deep
    );
    BOOST_TEST(parsed(end.says.body)["code"].GetInt() == 21656);
}

BOOST_AUTO_TEST_CASE(have_json_in_every_error) {
    for (const int code : {20001, 20003, 20004, 20404, 20429, 20500, 20503, 21211, 21617, 63007}) {
        const auto says = twilio_error(code);
        const auto json = parsed(says.body);
        BOOST_REQUIRE(json.IsObject());
        BOOST_TEST(json["code"].GetInt() == code);
        BOOST_TEST(json["status"].GetUint() == says.status);
    }
}

BOOST_AUTO_TEST_SUITE_END()

BOOST_AUTO_TEST_SUITE(receipts)

BOOST_AUTO_TEST_CASE(are_the_providers_own_words_in_order) {
    at_twilio twilio;
    const std::string with_callback =
        "From=%2B15005550006&Body=x&StatusCallback=http%3A%2F%2F127.0.0.1%3A1%2Fhook";
    const auto of = [&](const std::string& to) {
        return words_of(receipts_for(twilio.send(to, with_callback).accepted, pace));
    };
    BOOST_TEST(of("+14155550100") == "sent delivered");
    BOOST_TEST(of(number_for(service::twilio, lesson::undelivered)) == "sent undelivered");
    BOOST_TEST(of(number_for(service::twilio, lesson::failed)) == "failed");
    BOOST_TEST(of(number_for(service::twilio, lesson::stays_sent)) == "sent");
    BOOST_TEST(of(number_for(service::twilio, lesson::no_receipt)) == "");
    BOOST_TEST(
        words_of(receipts_for(at_whatsapp("14155550100").accepted, pace)) ==
        "enqueued sent delivered"
    );
    BOOST_TEST(words_of(receipts_for(at_gateway("14155550100").accepted, pace)) == "delivered");
    const auto silent =
        at_whatsapp(number_for(service::gupshup_whatsapp, lesson::no_receipt).substr(1));
    BOOST_TEST(words_of(receipts_for(silent.accepted, pace)) == "");
}

BOOST_AUTO_TEST_CASE(are_sent_to_nobody_where_nobody_asked) {
    BOOST_TEST(receipts_for(at_twilio().send("+14155550100").accepted, pace).empty());
}

BOOST_AUTO_TEST_CASE(of_twilio_are_signed_with_the_auth_token) {
    const auto made = at_twilio().send(
        "+14155550100",
        "From=%2B15005550006&Body=x&StatusCallback=http%3A%2F%2F127.0.0.1%3A1%2Fhook%3Fa%3Db%23rc%"
        "3D2"
    );
    const auto all = receipts_for(made.accepted, pace);
    BOOST_REQUIRE(!all.empty());
    const auto post = write_receipt(all.front(), account_sid, "token", "", start);
    BOOST_REQUIRE(post.has_value());
    BOOST_TEST(post->to.whole == "http://127.0.0.1:1/hook?a=b");
    BOOST_TEST(post->to.retries == 2);
    const auto signature = twilio_signature("token", post->to.whole, *read_form(post->body));
    BOOST_TEST(post->head.find("X-Twilio-Signature: " + signature + "\r\n") != std::string::npos);
}

BOOST_AUTO_TEST_SUITE_END()
