#include "verify/answer_headers.hpp"
#include "verify/older/older_answer.hpp"
#include "verify/older/provider_view.hpp"
#include "verify/older/test_text.hpp"
#include "verify/web_settings.hpp"

#include <boost/test/unit_test.hpp>

using namespace otp;

namespace {

const settings::values everything{
    {"TWILIO_ACCOUNT_SID", "AC00000000000000000000000000000001"},
    {"TWILIO_AUTH_TOKEN", "token-in-clear"},
    {"TWILIO_PHONE_NUMBER", "+15005550006"},
    {"TWILIO_WHATSAPP_NUMBER", "whatsapp:+15005550006"},
    {"TWILIO_CONTENT_SID", "HX00000000000000000000000000000002"},
    {"GUPSHUP_API_KEY", "key-in-clear"},
    {"GUPSHUP_SOURCE", "15005550007"},
    {"GUPSHUP_SRC_NAME", "Acme"},
    {"GUPSHUP_TEMPLATE_ID", "t-1"},
    {"GUPSHUP_SMS_USERID", "2000190001"},
    {"GUPSHUP_SMS_PASSWORD", "password-in-clear"},
    {"OTP_CALLBACK_URL", "https://otp.example.com/"},
    {"OTP_APP_NAME", "Acme"}};

older::provider_view view_of(const settings::values& environment) {
    settings from({}, environment, {});
    const code_settings code{std::chrono::seconds(90), 8};
    const auto to = phone_number::from_e164("+14155550142");
    return older::read_provider_view(from, code, read_callback_url(from), *to);
}

bool holds(const std::string& text, std::string_view part) {
    return text.find(part) != std::string::npos;
}

web_settings web_of(const settings::values& environment, std::vector<std::string>& faults) {
    settings from({}, environment, {});
    auto read = read_web_settings(from);
    faults = from.faults();
    return read;
}

std::string status_with(std::string_view delivery) {
    return R"({"id":"v","deliveries":[{"request_id":"other","status":"sent","attempts":[)"
           R"({"provider_message_id":"SM0"}]},{"request_id":"mine",)" +
           std::string(delivery) + "}]}";
}

}  // namespace

BOOST_AUTO_TEST_SUITE(the_shown_provider_requests)

BOOST_AUTO_TEST_CASE(are_those_a_worker_would_send) {
    const auto shown = view_of(everything).test_request;
    BOOST_TEST(holds(shown, R"("provider":"twilio","channel":"sms","method":"POST")"), shown);
    BOOST_TEST(holds(shown, "https://api.twilio.com/2010-04-01/Accounts/AC0000"), shown);
    BOOST_TEST(
        holds(shown, "To=%2B14155550142&From=%2B15005550006&Body=******+is+your+Acme"),
        shown
    );
    BOOST_TEST(
        holds(shown, "StatusCallback=https%3A%2F%2Fotp.example.com%2Fwebhooks%2Ftwilio"),
        shown
    );
    BOOST_TEST(holds(shown, "ValidityPeriod=90"), shown);
    BOOST_TEST(holds(shown, "ContentVariables=%7B%221%22%3A%22******%22%7D"), shown);
    BOOST_TEST(holds(shown, R"("provider":"gupshup","channel":"whatsapp")"), shown);
    BOOST_TEST(holds(shown, "%22params%22%3A%5B%22******%22%5D"), shown);
    BOOST_TEST(holds(shown, R"("provider":"gupshup","channel":"sms")"), shown);
    BOOST_TEST(holds(shown, R"("faults":[])"), shown);
}

BOOST_AUTO_TEST_CASE(hold_no_secret) {
    const auto view = view_of(everything);
    for (const auto& text : {view.test_request, view.settings})
        BOOST_TEST(!holds(text, "in-clear"), text);
    BOOST_TEST(holds(view.test_request, R"("Authorization":"Basic ******")"), view.test_request);
    BOOST_TEST(holds(view.test_request, R"("apikey":"******")"), view.test_request);
    BOOST_TEST(holds(view.test_request, "password=******"), view.test_request);
}

BOOST_AUTO_TEST_CASE(say_what_is_missing) {
    const auto view = view_of({{"TWILIO_ACCOUNT_SID", "AC1"}, {"GUPSHUP_API_KEY", "key-in-clear"}});
    BOOST_TEST(holds(view.test_request, R"("requests":[])"), view.test_request);
    BOOST_TEST(holds(view.test_request, "TWILIO_ACCOUNT_SID must be AC"), view.test_request);
    BOOST_TEST(holds(view.test_request, "GUPSHUP_SOURCE is missing"), view.test_request);
    BOOST_TEST(holds(view.settings, R"("GUPSHUP_API_KEY":true)"), view.settings);
    BOOST_TEST(holds(view.settings, R"("GUPSHUP_SOURCE":false)"), view.settings);
    BOOST_TEST(
        holds(
            view.settings,
            R"("whatsapp":{"twilio":false,"gupshup":false,"twilio_verify":false})"
        ),
        view.settings
    );
}

BOOST_AUTO_TEST_SUITE_END()

BOOST_AUTO_TEST_SUITE(the_progress_of_a_test_text)

BOOST_AUTO_TEST_CASE(is_that_of_its_own_request) {
    const auto taken = older::read_progress(
        status_with(R"("status":"sent","attempts":[{"provider_message_id":null},)"
                    R"({"provider_message_id":"SM1"}])"),
        "mine"
    );
    BOOST_TEST(taken.sid == "SM1");
    const auto waits =
        older::read_progress(status_with(R"("status":"queued","attempts":[])"), "mine");
    BOOST_TEST(waits.sid.empty());
    BOOST_TEST(waits.reason.empty());
}

BOOST_AUTO_TEST_CASE(says_why_no_text_follows) {
    const auto ended = older::read_progress(
        status_with(R"("status":"failed","reason":"21211","attempts":[])"),
        "mine"
    );
    BOOST_TEST(ended.reason == "failed, 21211");
}

BOOST_AUTO_TEST_SUITE_END()

BOOST_AUTO_TEST_SUITE(plain_older_answers)

BOOST_AUTO_TEST_CASE(have_one_member) {
    BOOST_TEST(older::plain_message("done").body == R"({"message":"done"})");
    const auto wrong = older::plain_refusal(older::wrong_code());
    BOOST_TEST(wrong.status == 400U);
    BOOST_TEST(wrong.body == R"({"error":"the code is wrong, expired or used"})");
    const auto unknown = older::plain_refusal(not_found("no code was asked for this number"));
    BOOST_TEST(unknown.status == 404U);
    BOOST_TEST(unknown.body == R"({"error":"no code was asked for this number"})");
}

BOOST_AUTO_TEST_CASE(tell_a_limit_as_the_others_do) {
    problem limit(429, "rate_limited", "too many");
    limit.retry_after = std::chrono::seconds(7);
    const auto answer = older::plain_refusal(limit);
    BOOST_TEST(
        answer.body ==
        R"({"success":false,"error":"rate_limited","message":"too many","retry_after":7})"
    );
}

BOOST_AUTO_TEST_SUITE_END()

BOOST_AUTO_TEST_SUITE(every_answer)

BOOST_AUTO_TEST_CASE(gets_its_usual_headers_unless_its_handler_gave_others) {
    http::server_answer answer;
    answer.headers.emplace_back("Cache-Control", "max-age=300");
    add_answer_headers(answer);
    const std::vector<std::pair<std::string, std::string>> expected{
        {"Cache-Control", "max-age=300"},
        {"X-Content-Type-Options", "nosniff"},
        {"Referrer-Policy", "no-referrer"}};
    BOOST_TEST((answer.headers == expected));
}

BOOST_AUTO_TEST_CASE(that_is_a_page_says_what_it_may_load) {
    http::server_answer page;
    page.content_type = "text/html; charset=utf-8";
    add_answer_headers(page);
    BOOST_TEST(page.headers.back().first == "Content-Security-Policy");
}

BOOST_AUTO_TEST_SUITE_END()

BOOST_AUTO_TEST_SUITE(the_web_settings)

BOOST_AUTO_TEST_CASE(name_every_fault) {
    std::vector<std::string> faults;
    web_of(
        {{"OTP_CORS_ORIGINS", "https://a.example/path"},
         {"OTP_TRUSTED_PROXIES", "10.0.0.0/99"},
         {"OTP_TLS_CERT_FILE", "/nonexistent"},
         {"OTP_REUSE_PORT", "perhaps"},
         {"OTP_CONNECTIONS_OF_ADDRESS", "0"}},
        faults
    );
    BOOST_TEST(faults.size() == 5U);
    web_of({{"OTP_TLS_CERT_FILE", "/nonexistent"}, {"OTP_TLS_KEY_FILE", "/nonexistent"}}, faults);
    BOOST_REQUIRE(faults.size() == 1U);
    BOOST_TEST(holds(faults[0], "'/nonexistent'"), faults[0]);
}

BOOST_AUTO_TEST_CASE(believe_and_allow_nobody_by_default) {
    std::vector<std::string> faults;
    const auto web = web_of({}, faults);
    BOOST_TEST(faults.empty());
    BOOST_TEST(web.trusted_proxies.empty());
    BOOST_TEST(web.origins.empty());
    BOOST_TEST(!web.limit_peer_address);
}

BOOST_AUTO_TEST_CASE(bound_the_connections_of_an_address_but_not_of_proxies_and_loopback) {
    using boost::asio::ip::make_address;
    std::vector<std::string> faults;
    const auto bound = [&faults](const settings::values& environment, const char* peer) {
        const auto options = server_options_of(web_of(environment, faults));
        return options.most_connections_of(make_address(peer));
    };
    const settings::values usual{{"OTP_TRUSTED_PROXIES", "10.0.0.0/8"}};
    BOOST_TEST(bound(usual, "192.0.2.1") == 256U);
    BOOST_TEST(bound(usual, "10.0.0.1") == 4096U);
    BOOST_TEST(bound(usual, "127.0.0.1") == 4096U);
    const settings::values told{{"OTP_CONNECTIONS_OF_ADDRESS", "20"}};
    BOOST_TEST(bound(told, "192.0.2.1") == 20U);
    BOOST_TEST(bound(told, "::1") == 20U);
    BOOST_TEST(faults.empty());
}

BOOST_AUTO_TEST_SUITE_END()
