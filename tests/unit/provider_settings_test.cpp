#include "worker/provider/make_providers.hpp"

#include <boost/test/unit_test.hpp>

#include <functional>
#include <stdexcept>
#include <string>

using namespace otp;

namespace {

const std::string hex32 = "0123456789abcdef0123456789ABCDEF";

twilio_settings twilio() {
    twilio_settings s;
    s.account_sid = "AC" + hex32;
    s.auth_token = secret("token");
    s.phone_number = "+15005550006";
    s.whatsapp_number = "whatsapp:+15005550006";
    s.content_sid = "HX" + hex32;
    return s;
}

gupshup_whatsapp_settings gupshup_whatsapp() {
    gupshup_whatsapp_settings s;
    s.api_key = secret("key");
    s.source = "917834811114";
    s.src_name = "DemoApp";
    s.template_id = "0c5d5a4e-6b7e-4f5c-9b1a-7a2d3c4b5e6f";
    return s;
}

gupshup_sms_settings gupshup_sms() {
    gupshup_sms_settings s;
    s.userid = "2000190001";
    s.password = secret("p w&d");
    s.mask = "ACMEOT";
    s.entity_id = "1201159";
    s.template_id = "1207161";
    return s;
}

template <class Settings>
struct broken_setting {
    std::function<void(Settings&)> change;
    std::string fault;
};

template <class Settings>
void expect_faults(Settings (*sound)(), const std::vector<broken_setting<Settings>>& rows) {
    BOOST_TEST(faults_of(sound()).empty());
    for (const auto& row : rows) {
        Settings s = sound();
        row.change(s);
        const auto faults = faults_of(s);
        BOOST_REQUIRE_MESSAGE(faults.size() == 1U, row.fault << ": " << faults.size());
        BOOST_TEST(faults.front() == row.fault);
    }
}

}  // namespace

BOOST_AUTO_TEST_SUITE(provider_settings_are_checked)

BOOST_AUTO_TEST_CASE(what_is_wrong_with_twilio_is_said_in_words) {
    using s = twilio_settings;
    expect_faults<s>(
        twilio,
        {{[](s& t) { t.account_sid.clear(); }, "TWILIO_ACCOUNT_SID is missing"},
         {[](s& t) { t.account_sid = "AC12"; },
          "TWILIO_ACCOUNT_SID must be AC and 32 hexadecimal digits"},
         {[](s& t) { t.auth_token.wipe(); },
          "TWILIO_AUTH_TOKEN, or TWILIO_API_KEY with TWILIO_API_SECRET, is missing"},
         {[](s& t) { t.auth_token = secret("a\r\nX: y"); },
          "TWILIO_AUTH_TOKEN must be visible ASCII characters"},
         {[](s& t) { t.api_key = "SK" + hex32; },
          "TWILIO_API_KEY and TWILIO_API_SECRET go together"},
         {[](s& t) {
              t.api_key = "key";
              t.api_secret = secret("s");
          },
          "TWILIO_API_KEY must be SK and 32 hexadecimal digits"},
         {[](s& t) { t.phone_number = "+1500-5550006"; },
          "TWILIO_PHONE_NUMBER must be + and 8 to 15 digits, a short code, or a sender name of at "
          "most 11 letters and digits"},
         {[](s& t) { t.messaging_service_sid = "SM" + hex32; },
          "TWILIO_MESSAGING_SERVICE_SID must be MG and 32 hexadecimal digits"},
         {[](s& t) { t.content_sid.clear(); },
          "TWILIO_WHATSAPP_NUMBER and TWILIO_CONTENT_SID go together"},
         {[](s& t) { t.whatsapp_number = "+15005550006"; },
          "TWILIO_WHATSAPP_NUMBER must be whatsapp:+ and 8 to 15 digits"},
         {[](s& t) { t.content_sid = "HX"; },
          "TWILIO_CONTENT_SID must be HX and 32 hexadecimal digits"},
         {[](s& t) { t.verify_service_sid = "MG" + hex32; },
          "TWILIO_VERIFY_SERVICE_SID must be VA and 32 hexadecimal digits"},
         {[](s& t) { t.verify_api_url = "verify.twilio.com"; },
          "TWILIO_VERIFY_API_URL: a URL begins with http:// or https://"},
         {[](s& t) { t.api_url = "api.twilio.com"; },
          "TWILIO_API_URL: a URL begins with http:// or https://"}}
    );
}

BOOST_AUTO_TEST_CASE(what_is_wrong_with_gupshup_whatsapp_is_said_in_words) {
    using s = gupshup_whatsapp_settings;
    expect_faults<s>(
        gupshup_whatsapp,
        {{[](s& g) { g.api_key.wipe(); }, "GUPSHUP_API_KEY is missing"},
         {[](s& g) { g.api_key = secret("k\n"); },
          "GUPSHUP_API_KEY must be visible ASCII characters"},
         {[](s& g) { g.source.clear(); }, "GUPSHUP_SOURCE is missing"},
         {[](s& g) { g.source = "+917834811114"; },
          "GUPSHUP_SOURCE must be 8 to 15 digits with the country code, without +"},
         {[](s& g) { g.src_name.clear(); }, "GUPSHUP_SRC_NAME is missing"},
         {[](s& g) { g.template_id.clear(); }, "GUPSHUP_TEMPLATE_ID is missing"},
         {[](s& g) { g.template_id = R"(x","y)"; },
          "GUPSHUP_TEMPLATE_ID must be letters, digits, - and _"},
         {[](s& g) { g.api_url = ""; }, "GUPSHUP_API_URL: a URL begins with http:// or https://"}}
    );
}

BOOST_AUTO_TEST_CASE(what_is_wrong_with_gupshup_sms_is_said_in_words) {
    using s = gupshup_sms_settings;
    expect_faults<s>(
        gupshup_sms,
        {{[](s& g) { g.userid.clear(); }, "GUPSHUP_SMS_USERID is missing"},
         {[](s& g) { g.userid = "me"; }, "GUPSHUP_SMS_USERID must be digits"},
         {[](s& g) { g.password.wipe(); }, "GUPSHUP_SMS_PASSWORD is missing"},
         {[](s& g) { g.mask = "ACME-OTP"; },
          "GUPSHUP_SMS_MASK must be at most 11 letters and digits"},
         {[](s& g) { g.entity_id = "x"; }, "GUPSHUP_SMS_ENTITY_ID must be digits"},
         {[](s& g) { g.template_id = "x"; }, "GUPSHUP_SMS_TEMPLATE_ID must be digits"},
         {[](s& g) { g.api_url = "https://a?b"; }, "GUPSHUP_SMS_API_URL must not have a query"}}
    );
}

BOOST_AUTO_TEST_CASE(a_faults_words_never_show_a_value) {
    auto s = twilio();
    s.auth_token = secret("hunter2 hunter2");
    s.account_sid = "hunter2";
    for (const std::string& fault : faults_of(s))
        BOOST_TEST(fault.find("hunter2") == std::string::npos);
}

BOOST_AUTO_TEST_CASE(nothing_set_is_no_fault_and_no_provider) {
    BOOST_TEST(make_providers({}).empty());
}

BOOST_AUTO_TEST_CASE(each_configured_pair_of_provider_and_channel_is_made) {
    provider_settings all{twilio(), gupshup_whatsapp(), gupshup_sms()};
    std::string made;
    for (const auto& one : make_providers(all))
        made += std::string(one->name()) + "/" + std::string(to_string(one->by())) + " ";
    BOOST_TEST(made == "twilio/sms twilio/whatsapp gupshup/whatsapp gupshup/sms ");

    provider_settings verify_only;
    verify_only.twilio.account_sid = "AC" + hex32;
    verify_only.twilio.auth_token = secret("token");
    verify_only.twilio.verify_service_sid = "VA" + hex32;
    const auto verifies = make_providers(verify_only);
    BOOST_REQUIRE(verifies.size() == 2U);
    for (const auto& one : verifies)
        BOOST_TEST(one->name() == "twilio_verify");

    provider_settings sms_only;
    sms_only.twilio = twilio();
    sms_only.twilio.whatsapp_number.clear();
    sms_only.twilio.content_sid.clear();
    BOOST_TEST(make_providers(sms_only).size() == 1U);
}

BOOST_AUTO_TEST_CASE(all_faults_of_all_providers_are_told_at_once) {
    provider_settings broken{twilio(), gupshup_whatsapp(), gupshup_sms()};
    broken.twilio.account_sid.clear();
    broken.gupshup_sms.password.wipe();
    const auto tells_both = [](const std::invalid_argument& e) {
        return std::string(e.what()) ==
               "TWILIO_ACCOUNT_SID is missing; GUPSHUP_SMS_PASSWORD is missing";
    };
    BOOST_CHECK_EXCEPTION(make_providers(broken), std::invalid_argument, tells_both);
}

BOOST_AUTO_TEST_SUITE_END()
