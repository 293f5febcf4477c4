#include "worker/delivery/provider_lines.hpp"
#include "worker/provider/make_providers.hpp"

#include <boost/asio/io_context.hpp>
#include <boost/test/unit_test.hpp>

using namespace otp;

namespace {

struct two_lines {
    explicit two_lines(std::size_t cap = 1)
        : lines(context.get_executor(), providers(), preferred(), {}, [cap](const lane&) {
              gate_limits limits;
              limits.most_in_flight = cap;
              return limits;
          }) {}

    static std::vector<std::unique_ptr<provider>> providers(const char* token = "token") {
        provider_settings all;
        all.twilio.account_sid = "AC" + std::string(32, '0');
        all.twilio.auth_token = secret(token);
        all.twilio.phone_number = "+14155550199";
        all.twilio.api_url = "http://127.0.0.1:1";
        all.gupshup_sms.userid = "2000190001";
        all.gupshup_sms.password = secret("password");
        all.gupshup_sms.api_url = "http://127.0.0.1:1/GatewayAPI/rest";
        return make_providers(all);
    }
    static route_table preferred() {
        route_table table;
        table[static_cast<std::size_t>(channel::sms)] = {"twilio", "gupshup"};
        return table;
    }

    std::shared_ptr<provider_line> twilio() const { return lines.find("twilio", "sms"); }
    std::string candidates() const { return to_string(lines.route_for({}, "US").candidates); }

    line_changes replace(
        const std::vector<std::string>& changed,
        const route_table& order = preferred()
    ) {
        const auto limits = [](const lane&) { return gate_limits(); };
        return lines.replace(providers("another"), order, {}, limits, changed);
    }

    boost::asio::io_context context;
    provider_lines lines;
};

outcome an_account_that_is_closed() {
    outcome closed;
    closed.end = attempt_end::refused;
    closed.why = fault::account;
    return closed;
}

}  // namespace

BOOST_FIXTURE_TEST_SUITE(lines_to_providers, two_lines)

BOOST_AUTO_TEST_CASE(are_found_by_provider_and_channel) {
    BOOST_TEST(lines.find("gupshup", "sms")->what.provider == "gupshup");
    BOOST_TEST((lines.find("gupshup", "voice") == nullptr));
    BOOST_TEST((lines.find("nobody", "sms") == nullptr));
}

BOOST_AUTO_TEST_CASE(of_one_origin_share_their_connections) {
    BOOST_TEST((lines.all()[0]->client == lines.all()[1]->client));
}

BOOST_AUTO_TEST_CASE(stand_in_the_order_of_preference) {
    BOOST_TEST(candidates() == "twilio/sms,gupshup/sms");
}

BOOST_AUTO_TEST_CASE(are_left_out_while_their_places_are_taken) {
    place taken(twilio());
    BOOST_TEST(candidates() == "gupshup/sms");
    taken.abandon();
    BOOST_TEST(candidates() == "twilio/sms,gupshup/sms");
}

BOOST_AUTO_TEST_CASE(get_a_place_back_once_however_often_it_is_moved) {
    {
        place first(twilio());
        place second(std::move(first));
        place third;
        third = std::move(second);
        BOOST_TEST(twilio()->entrance.in_flight() == 1U);
        third.end(outcome{});
        third.abandon();
    }
    BOOST_TEST(twilio()->entrance.in_flight() == 0U);
}

BOOST_AUTO_TEST_CASE(are_none_that_work_once_every_breaker_is_open) {
    BOOST_TEST(lines.any_closed_breaker());
    for (const auto& line : lines.all())
        place(line).end(an_account_that_is_closed());
    BOOST_TEST(!lines.any_closed_breaker());
    BOOST_TEST(candidates() == "");
}

BOOST_AUTO_TEST_CASE(are_kept_whole_or_replaced_whole) {
    const auto old = twilio();
    const auto kept = lines.find("gupshup", "sms");
    place(old).end(an_account_that_is_closed());
    place(kept).end(an_account_that_is_closed());
    replace({"TWILIO_AUTH_TOKEN"});
    BOOST_TEST((twilio() != old));
    BOOST_TEST((twilio()->client != old->client));
    BOOST_TEST(!twilio()->entrance.is_open());  // what the old token met says nothing of the new
    BOOST_TEST((lines.find("gupshup", "sms") == kept));
    BOOST_TEST(kept->entrance.is_open());
}

BOOST_AUTO_TEST_CASE(end_the_calls_that_they_began_and_live_that_long) {
    place held(twilio());
    std::weak_ptr<provider_line> old = held.line();
    replace({"TWILIO_AUTH_TOKEN"});
    BOOST_TEST(!old.expired());
    BOOST_TEST(twilio()->entrance.in_flight() == 0U);
    held.end(outcome{});
    BOOST_TEST(old.expired());
}

BOOST_AUTO_TEST_CASE(stand_in_the_new_order_of_preference) {
    route_table order;
    order[static_cast<std::size_t>(channel::sms)] = {"gupshup", "twilio"};
    const auto before = twilio();
    replace({"OTP_SMS_PROVIDERS"}, order);
    BOOST_TEST((lines.find("twilio", "sms") == before));
    BOOST_TEST(candidates() == "gupshup/sms,twilio/sms");
}

BOOST_AUTO_TEST_CASE(that_are_no_longer_configured_are_not_found) {
    route_table order;
    order[static_cast<std::size_t>(channel::sms)] = {"gupshup"};
    auto some = providers();
    std::erase_if(some, [](const auto& one) { return one->name() == "twilio"; });
    const auto limits = [](const lane&) { return gate_limits(); };
    const auto changes = lines.replace(std::move(some), order, {}, limits, {});
    BOOST_TEST(to_string(changes.removed) == "twilio/sms");
    BOOST_TEST((twilio() == nullptr));
    BOOST_TEST(candidates() == "gupshup/sms");
}

BOOST_AUTO_TEST_CASE(are_as_they_were_where_the_way_cannot_be_used) {
    const auto before = twilio();
    provider_settings all;
    all.twilio.account_sid = "AC" + std::string(32, '0');
    all.twilio.auth_token = secret("token");
    all.twilio.phone_number = "+14155550199";
    const auto limits = [](const lane&) { return gate_limits(); };
    const way_to_providers way{"/nowhere/ca.pem", nullptr};
    auto codecs = make_providers(all);
    BOOST_CHECK_THROW(
        lines.replace(std::move(codecs), preferred(), way, limits, {"OTP_CA_FILE"}),
        std::invalid_argument
    );
    BOOST_TEST((twilio() == before));
    BOOST_TEST(candidates() == "twilio/sms,gupshup/sms");
}

BOOST_AUTO_TEST_SUITE_END()
