#include "worker/policy/route.hpp"

#include <boost/test/unit_test.hpp>

#include <map>

using namespace otp;
using namespace std::chrono_literals;
using std::chrono::milliseconds;

namespace {

route_table both_channels() {
    route_table table;
    table[static_cast<std::size_t>(channel::sms)] = {"twilio", "gupshup"};
    table[static_cast<std::size_t>(channel::whatsapp)] = {"gupshup"};
    return table;
}

lane_wait waits(std::map<std::string, milliseconds> of) {
    return [of = std::move(of)](const lane& one) {
        const auto found = of.find(to_string(one));
        return found == of.end() ? milliseconds::zero() : found->second;
    };
}

std::vector<std::string> preferred(
    const std::vector<std::string>& listed,
    const std::vector<std::string>& configured,
    std::vector<std::string>& faults
) {
    return preferred_providers("OTP_SMS_PROVIDERS", listed, configured, faults);
}

}  // namespace

BOOST_AUTO_TEST_SUITE(routing)

BOOST_AUTO_TEST_CASE(a_job_without_channel_goes_by_the_first_that_has_a_provider) {
    BOOST_TEST(
        to_string(route(both_channels(), {}, waits({})).candidates) == "twilio/sms,gupshup/sms"
    );
    route_table whatsapp_only;
    whatsapp_only[static_cast<std::size_t>(channel::whatsapp)] = {"gupshup"};
    BOOST_TEST(to_string(route(whatsapp_only, {}, waits({})).candidates) == "gupshup/whatsapp");
    BOOST_TEST((first_channel_with_a_provider(whatsapp_only) == channel::whatsapp));
    BOOST_TEST(!first_channel_with_a_provider({}).has_value());
}

BOOST_AUTO_TEST_CASE(the_channels_of_a_job_are_an_order_of_preference) {
    const auto found = route(both_channels(), {channel::whatsapp, channel::sms}, waits({}));
    BOOST_TEST(to_string(found.candidates) == "gupshup/whatsapp,twilio/sms,gupshup/sms");
}

BOOST_AUTO_TEST_CASE(a_channel_that_nobody_serves_is_no_channel) {
    const auto found = route(both_channels(), {channel::voice, channel::email}, waits({}));
    BOOST_TEST(!found.has_provider());
    BOOST_TEST(!found.has_room());
    BOOST_TEST((found.wait == 0ms));
    BOOST_TEST(!route({}, {}, waits({})).has_provider());
}

BOOST_AUTO_TEST_CASE(a_lane_without_room_is_passed_over) {
    const auto found = route(both_channels(), {channel::sms}, waits({{"twilio/sms", 60s}}));
    BOOST_TEST(to_string(found.candidates) == "gupshup/sms");
    BOOST_TEST(to_string(found.lanes) == "twilio/sms,gupshup/sms");
}

BOOST_AUTO_TEST_CASE(where_no_lane_has_room_the_soonest_says_how_long_to_wait) {
    const auto found = route(
        both_channels(),
        {channel::sms},
        waits({{"twilio/sms", 60s}, {"gupshup/sms", 300ms}})
    );
    BOOST_TEST(found.has_provider());
    BOOST_TEST(!found.has_room());
    BOOST_TEST((found.wait == 300ms));
}

BOOST_AUTO_TEST_CASE(without_a_list_those_configured_are_used) {
    std::vector<std::string> faults;
    BOOST_TEST(
        (preferred({}, {"twilio", "gupshup"}, faults) ==
         std::vector<std::string>{"twilio", "gupshup"})
    );
    BOOST_TEST((
        preferred({"gupshup"}, {"twilio", "gupshup"}, faults) == std::vector<std::string>{"gupshup"}
    ));
    BOOST_TEST(faults.empty());
}

BOOST_AUTO_TEST_CASE(a_list_that_names_a_stranger_or_a_name_twice_is_a_fault_in_words) {
    std::vector<std::string> faults;
    preferred({"twillio", "gupshup", "gupshup"}, {"twilio", "gupshup"}, faults);
    BOOST_REQUIRE(faults.size() == 2U);
    BOOST_TEST(faults[0] == "OTP_SMS_PROVIDERS: twillio is not configured for this channel");
    BOOST_TEST(faults[1] == "OTP_SMS_PROVIDERS: gupshup stands twice");
}

BOOST_AUTO_TEST_SUITE_END()
