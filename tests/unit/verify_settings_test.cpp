#include "common/config/known_settings.hpp"
#include "verify/settings.hpp"

#include <boost/asio/ip/address.hpp>
#include <boost/test/unit_test.hpp>

#include <set>
#include <sstream>

using namespace otp;

namespace {

settings::values least() {
    return {
        {"AMQP_URL", "amqp://guest:guest@localhost/"},
        {"DATABASE_URL", "postgresql://otp_verify@localhost/otp"},
        {"OTP_HASH_KEYS", "h1:" + std::string(64, 'a')},
    };
}

// What is wrong with the least settings and these.
std::string faults_with(const settings::values& more) {
    auto values = least();
    for (const auto& [name, value] : more)
        values[name] = value;
    settings from({}, values, {});
    read_verify_settings(from);
    std::string all;
    for (const auto& fault : from.faults())
        all += fault + "\n";
    return all;
}

}  // namespace

BOOST_AUTO_TEST_SUITE(settings_of_verify)

BOOST_AUTO_TEST_CASE(need_servers_and_a_hash_key) {
    BOOST_TEST(faults_with({}) == "");
}

BOOST_AUTO_TEST_CASE(tell_what_else_is_wrong_beside_an_address_that_is_none) {
    const auto all = faults_with(
        {{"OTP_LISTEN", "8080"}, {"OTP_AUTH", "maybe"}, {"OTP_AUTH_OFF_ANYWHERE", "perhaps"}}
    );
    for (const auto* name : {"OTP_LISTEN must", "OTP_AUTH must", "OTP_AUTH_OFF_ANYWHERE must"})
        BOOST_TEST((all.find(name) != std::string::npos), name << " is not among:\n" << all);
}

BOOST_AUTO_TEST_CASE(let_authentication_be_off_only_on_loopback_or_where_that_is_wanted) {
    BOOST_TEST(faults_with({{"OTP_AUTH", "off"}}) == "");
    const settings::values open{{"OTP_AUTH", "off"}, {"OTP_LISTEN", "0.0.0.0:8080"}};
    BOOST_TEST(faults_with(open).starts_with("OTP_AUTH may be off only"));
    auto wanted = open;
    wanted["OTP_AUTH_OFF_ANYWHERE"] = "yes";
    BOOST_TEST(faults_with(wanted) == "");
}

BOOST_AUTO_TEST_CASE(bind_every_client_but_loopback_in_either_way_to_write_it_and_trusted_proxies) {
    const auto most = [](const settings::values& more, const char* peer) {
        settings from({}, more, {});
        const auto options = server_options_of(read_web_settings(from));
        return options.most_connections_of(boost::asio::ip::make_address(peer));
    };
    const auto all = http::server_options().most_connections;
    for (const auto* peer : {"127.0.0.1", "::ffff:127.0.0.1", "::1"}) {
        BOOST_TEST(most({}, peer) == all, peer);
        BOOST_TEST(most({{"OTP_CONNECTIONS_OF_ADDRESS", "7"}}, peer) == 7U, peer);
    }
    for (const auto* peer : {"203.0.113.9", "::ffff:203.0.113.9", "2001:db8::1"}) {
        BOOST_TEST(most({}, peer) == 256U, peer);
        BOOST_TEST(most({{"OTP_TRUSTED_PROXIES", "203.0.113.0/24,2001:db8::/32"}}, peer) == all);
    }
}

BOOST_AUTO_TEST_CASE(are_listed_by_name) {
    settings from({}, least(), {});
    read_verify_settings(from);
    std::set<std::string, std::less<>> read;
    std::istringstream lines(from.effective());
    for (std::string line; std::getline(lines, line);)
        if (const auto name = line.substr(0, line.find(' ')); name.find('.') == std::string::npos)
            read.insert(name);
    std::set<std::string, std::less<>> listed;
    for (const auto& one : settings_of(setting_reader::verify))
        listed.emplace(one.name);
    listed.erase("OTP_LOG_LEVEL");  // every program reads it
    for (const auto* name : {"TWILIO_API_SECRET", "GUPSHUP_API_KEY", "GUPSHUP_SMS_PASSWORD"})
        listed.erase(name);  // whether they are set is asked, and no more
    BOOST_TEST(read == listed, boost::test_tools::per_element());
}

BOOST_AUTO_TEST_SUITE_END()
