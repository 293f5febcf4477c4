// Which lines a worker keeps when it has read its settings again.
#include "worker/delivery/line_changes.hpp"

#include <boost/test/unit_test.hpp>

using namespace otp;

namespace {

using names = std::vector<std::string>;

const lane twilio{"twilio", channel::sms};
const lane twilio_whatsapp{"twilio", channel::whatsapp};
const lane gupshup{"gupshup", channel::sms};
const lane gupshup_whatsapp{"gupshup", channel::whatsapp};
const lane verify{"twilio_verify", channel::sms};
const std::vector<lane> all{twilio, twilio_whatsapp, gupshup, gupshup_whatsapp, verify};

std::string replaced(const names& changed) {
    return to_string(changes_of_lines(all, all, changed).replaced);
}

}  // namespace

BOOST_AUTO_TEST_SUITE(lines_of_changed_settings)

BOOST_AUTO_TEST_CASE(are_kept_where_nothing_of_theirs_changed) {
    const auto changes = changes_of_lines(all, all, {});
    BOOST_TEST(to_string(changes.kept) == to_string(all));
    BOOST_TEST(changes.replaced.empty());
    BOOST_TEST(changes.added.empty());
    BOOST_TEST(changes.removed.empty());
}

BOOST_AUTO_TEST_CASE(are_replaced_by_account_and_kept_of_others) {
    const auto changes = changes_of_lines(all, all, {"TWILIO_AUTH_TOKEN"});
    BOOST_TEST(to_string(changes.replaced) == "twilio/sms,twilio/whatsapp,twilio_verify/sms");
    BOOST_TEST(to_string(changes.kept) == "gupshup/sms,gupshup/whatsapp");
    BOOST_TEST(replaced({"GUPSHUP_SMS_PASSWORD"}) == "gupshup/sms");
    BOOST_TEST(replaced({"GUPSHUP_API_KEY"}) == "gupshup/whatsapp");
    BOOST_TEST(replaced({"TWILIO_VERIFY_SERVICE_SID"}) == "twilio_verify/sms");
}

BOOST_AUTO_TEST_CASE(are_replaced_by_the_table_of_their_own_lane) {
    BOOST_TEST(replaced({"provider.twilio.sms.max_per_second"}) == "twilio/sms");
    BOOST_TEST(replaced({"provider.twilio_verify.sms.in_flight"}) == "twilio_verify/sms");
    BOOST_TEST(replaced({"provider.gupshup.whatsapp.in_flight"}) == "gupshup/whatsapp");
}

BOOST_AUTO_TEST_CASE(are_all_replaced_where_the_way_to_providers_changed) {
    BOOST_TEST(replaced({"OTP_CA_FILE"}) == to_string(all));
    BOOST_TEST(replaced({"OTP_HTTPS_PROXY"}) == to_string(all));
}

BOOST_AUTO_TEST_CASE(are_kept_where_only_their_order_changed) {
    BOOST_TEST(replaced({"OTP_SMS_PROVIDERS", "OTP_WHATSAPP_PROVIDERS", "routes.IN.sms"}) == "");
}

BOOST_AUTO_TEST_CASE(are_added_and_removed_as_providers_come_and_go) {
    const auto changes = changes_of_lines(
        {twilio, gupshup},
        {twilio_whatsapp, gupshup},
        {"TWILIO_PHONE_NUMBER", "TWILIO_WHATSAPP_NUMBER"}
    );
    BOOST_TEST(to_string(changes.added) == "twilio/whatsapp");
    BOOST_TEST(to_string(changes.removed) == "twilio/sms");
    BOOST_TEST(to_string(changes.kept) == "gupshup/sms");
    BOOST_TEST(changes.replaced.empty());
}

BOOST_AUTO_TEST_CASE(follow_from_every_setting_that_replaces_or_orders_them) {
    for (const auto* name :
         {"TWILIO_API_URL",
          "GUPSHUP_SMS_MASK",
          "provider.twilio.sms.in_flight",
          "OTP_CA_FILE",
          "OTP_HTTPS_PROXY",
          "OTP_SMS_PROVIDERS",
          "OTP_WHATSAPP_PROVIDERS"})
        BOOST_TEST(is_of_lines(name), name);
    for (const auto* name : {"AMQP_URL", "DATABASE_URL", "OTP_CODE_KEYS", "OTP_QUEUE"})
        BOOST_TEST(!is_of_lines(name), name);
}

BOOST_AUTO_TEST_SUITE_END()
