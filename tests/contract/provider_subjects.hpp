#pragma once

// The providers that the contract holds to the same rules. A new one is one more row in `subjects`.

#include "tests/support/provider_case.hpp"
#include "worker/provider/make_providers.hpp"

#include <boost/test/unit_test.hpp>

#include <algorithm>
#include <functional>
#include <iterator>
#include <string>
#include <string_view>

namespace otp::test {

inline const std::string hex32 = "0123456789abcdef0123456789abcdef";
inline constexpr std::string_view password = "Pa55word-of-ours";

inline provider_settings settings() {
    provider_settings all;
    all.twilio.account_sid = "AC" + hex32;
    all.twilio.auth_token = secret(password);
    all.twilio.phone_number = "+15005550006";
    all.twilio.whatsapp_number = "whatsapp:+15005550006";
    all.twilio.content_sid = "HX" + hex32;
    all.twilio.verify_service_sid = "VA" + hex32;
    all.gupshup_whatsapp.api_key = secret(password);
    all.gupshup_whatsapp.source = "917834811114";
    all.gupshup_whatsapp.src_name = "DemoApp";
    all.gupshup_whatsapp.template_id = "0c5d5a4e-6b7e-4f5c-9b1a-7a2d3c4b5e6f";
    all.gupshup_sms.userid = "2000190001";
    all.gupshup_sms.password = secret(password);
    return all;
}

// A provider, with an answer by which it accepts and one by which it refuses, both echoing what an
// answer should not: text, code and number.
struct subject {
    std::string name;  // as the store knows it, "twilio/sms"
    std::string accepting;
    std::string refusing;
    std::string message_id;
};

inline const std::string twilio_accepting =
    R"({"account_sid":"AC)" + hex32 + R"(","api_version":"2010-04-01",
    "body":"<#> 804271 is your Acme+Co code & more","date_created":"Thu, 24 Aug 2023 05:01:45 +0000",
    "error_code":null,"error_message":null,"from":"+15005550006","num_media":"0","num_segments":"1",
    "price":null,"sid":"SM)" +
    hex32 + R"(","status":"queued","to":"+14155550100","subresource_uris":{"media":"/x"}})";
inline const std::string twilio_refusing =
    R"({"code":21211,"message":"The 'To' number +14155550100 is not valid: 804271",
    "more_info":"https://www.twilio.com/docs/errors/21211","status":400})";

inline const std::string verify_accepting =
    R"({"account_sid":"AC)" + hex32 + R"(","service_sid":"VA)" + hex32 + R"(","to":"+14155550100",
    "channel":"sms","status":"pending","valid":false,"lookup":{},"amount":null,"payee":null,"sna":null,
    "send_code_attempts":[{"time":"2015-07-30T20:00:00Z","channel":"SMS","attempt_sid":"VL)" +
    hex32 + R"("}],"sid":"VE)" + hex32 + R"(","echo":"804271"})";
inline const std::string verify_refusing =
    R"({"code":60200,"message":"Invalid parameter `To`: +14155550100, 804271",
    "more_info":"https://www.twilio.com/docs/errors/60200","status":400})";

inline const subject subjects[] = {
    {"twilio/sms", twilio_accepting, twilio_refusing, "SM" + hex32},
    {"twilio/whatsapp", twilio_accepting, twilio_refusing, "SM" + hex32},
    {"gupshup/whatsapp",
     R"({"status":"submitted","messageId":"5b9c0a9e-1f3c-4f0e-8b43-0a5e5b1f9a11","echo":"804271 14155550100"})",
     R"({"status":"error","message":"Invalid Destination 14155550100: 804271"})",
     "5b9c0a9e-1f3c-4f0e-8b43-0a5e5b1f9a11"},
    {"gupshup/sms",
     R"({"response":{"id":"3562707498794989059-328736121207676738","phone":"14155550100","details":"804271","status":"success"}})",
     R"({"response":{"id":"105","phone":"14155550100","details":"804271 refused","status":"error"}})",
     "3562707498794989059-328736121207676738"},
    {"twilio_verify/sms", verify_accepting, verify_refusing, "VE" + hex32},
    {"twilio_verify/whatsapp", verify_accepting, verify_refusing, "VE" + hex32},
};

inline void with_each(const std::function<void(const provider&, const subject&)>& check) {
    const provider_settings all = settings();
    const auto made = make_providers(all);
    BOOST_REQUIRE(made.size() == std::size(subjects));
    for (const subject& s : subjects) {
        BOOST_TEST_CONTEXT(s.name) {
            const auto one = std::ranges::find_if(made, [&](const auto& p) {
                return std::string(p->name()) + "/" + std::string(to_string(p->by())) == s.name;
            });
            BOOST_REQUIRE((one != made.end()));
            check(**one, s);
        }
    }
}

inline bool holds(std::string_view text, std::string_view what) {
    return text.find(what) != std::string_view::npos;
}

// What must hold of any outcome, whatever the other side sent.
inline void expect_sound(const outcome& end, std::string_view cause) {
    BOOST_TEST_CONTEXT(cause) {
        const bool is_accepted = end.end == attempt_end::accepted;
        BOOST_TEST(is_accepted == (end.why == fault::none));
        BOOST_TEST(is_accepted == end.error_code.empty());
        if (is_accepted) {
            BOOST_TEST(!end.provider_message_id.empty());
            BOOST_TEST((!end.retry && !end.fail_over && !end.switch_channel));
        }
        BOOST_TEST((end.end == attempt_end::in_doubt) == (end.why == fault::doubt));
        BOOST_TEST(end.error_code.size() <= 32U);
        BOOST_TEST(end.detail.size() <= 200U);
        for (const std::string_view word : {code_digits, number_digits, text_words, password}) {
            BOOST_TEST(!holds(end.detail, word));
            BOOST_TEST(!holds(end.error_code, word));
        }
    }
}

}  // namespace otp::test
