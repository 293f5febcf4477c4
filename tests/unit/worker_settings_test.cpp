#include "common/config/known_settings.hpp"
#include "worker/settings.hpp"

#include <boost/test/unit_test.hpp>

#include <algorithm>
#include <set>
#include <sstream>

using namespace otp;

namespace {

const std::string key_hex(64, 'a');
const std::string token = "token-that-nobody-may-see";

settings::values least() {
    return {
        {"AMQP_URL", "amqp://guest:guest@localhost/"},
        {"DATABASE_URL", "postgresql://otp_worker@localhost/otp"},
        {"OTP_CODE_KEYS", "k1:" + key_hex},
        {"OTP_HASH_KEYS", "h1:" + key_hex},
        {"TWILIO_ACCOUNT_SID", "AC" + std::string(32, '0')},
        {"TWILIO_AUTH_TOKEN", token},
        {"TWILIO_PHONE_NUMBER", "+14155550199"},
    };
}

std::string all_faults(const settings& from) {
    std::string all;
    for (const auto& fault : from.faults())
        all += fault + "\n";
    return all;
}

bool has(const std::string& text, std::string_view part) {
    return text.find(part) != std::string::npos;
}

}  // namespace

BOOST_AUTO_TEST_SUITE(settings_of_a_worker)

BOOST_AUTO_TEST_CASE(need_servers_keys_and_one_provider) {
    settings from({}, least(), {});
    const auto read = read_worker_settings(from);
    BOOST_TEST(all_faults(from) == "");
    BOOST_TEST(read.queue == "otp.send");
    BOOST_TEST(read.concurrency == 512U);
    BOOST_TEST(read.listen == "127.0.0.1:9464");
    BOOST_TEST(!read.hold_doubts);
    BOOST_TEST(read.callback_url == "");
    const std::vector<std::string> by_sms{"twilio"};
    BOOST_TEST(read.preferred.usual[static_cast<std::size_t>(channel::sms)] == by_sms);
    BOOST_TEST(read.preferred.usual[static_cast<std::size_t>(channel::whatsapp)].empty());
    BOOST_TEST(read.code_keys->newest().id == "k1");
}

BOOST_AUTO_TEST_CASE(tell_everything_that_is_wrong_at_once) {
    settings from(
        {},
        {{"OTP_CONCURRENCY", "0"},
         {"OTP_IN_DOUBT", "perhaps"},
         {"OTP_CODE_LENGTH", "3"},
         {"OTP_RESEND_SECONDS", "soon"},
         {"OTP_HASH_KEYS", "h1:abc"},
         {"OTP_SMS_PROVIDERS", "twilio"},
         {"TWILIO_ACCOUNT_SID", "nonsense"}},
        {}
    );
    read_worker_settings(from);
    const auto all = all_faults(from);
    for (const auto* name :
         {"AMQP_URL",
          "DATABASE_URL",
          "OTP_CODE_KEYS",
          "OTP_HASH_KEYS",
          "OTP_CONCURRENCY",
          "OTP_IN_DOUBT",
          "OTP_CODE_LENGTH",
          "OTP_RESEND_SECONDS",
          "OTP_SMS_PROVIDERS",
          "TWILIO_ACCOUNT_SID"})
        BOOST_TEST(has(all, name), name << " is not among:\n" << all);
}

BOOST_AUTO_TEST_CASE(name_the_url_of_a_server_that_is_none_and_do_not_show_it) {
    auto values = least();
    values["AMQP_URL"] = "http://otp:" + token + "@localhost/";
    values["DATABASE_URL"] = "mysql://otp:" + token + "@localhost/otp";
    settings from({}, values, {});
    read_worker_settings(from);
    const auto all = all_faults(from);
    BOOST_TEST(from.faults().size() == 2U);
    BOOST_TEST(has(all, "AMQP_URL "));
    BOOST_TEST(has(all, "DATABASE_URL "));
    BOOST_TEST(!has(all, token));
}

BOOST_AUTO_TEST_CASE(without_a_provider_are_not_enough) {
    auto values = least();
    std::erase_if(values, [](const auto& one) { return one.first.starts_with("TWILIO"); });
    settings from({}, values, {});
    read_worker_settings(from);
    BOOST_TEST(from.faults().size() == 1U);
    BOOST_TEST(has(all_faults(from), "no provider is configured"));
}

BOOST_AUTO_TEST_CASE(name_a_proxy_for_providers_and_never_show_its_password) {
    auto values = least();
    values["OTP_HTTPS_PROXY"] = "http://otp:" + token + "@proxy.example.com:3128";
    settings from({}, values, {});
    const auto read = read_worker_settings(from);
    BOOST_TEST_REQUIRE(read.proxy != nullptr, all_faults(from));
    BOOST_TEST(read.proxy->place() == "proxy.example.com:3128");
    BOOST_TEST(!has(from.effective(), token));
    values["OTP_HTTPS_PROXY"] = "https://otp:" + token + "@proxy.example.com";
    settings wrong({}, values, {});
    BOOST_TEST(read_worker_settings(wrong).proxy == nullptr);
    BOOST_TEST(has(all_faults(wrong), "OTP_HTTPS_PROXY cannot be used"));
    BOOST_TEST(!has(all_faults(wrong), token));
}

BOOST_AUTO_TEST_CASE(hold_doubts_where_they_are_told_to) {
    auto values = least();
    values["OTP_IN_DOUBT"] = "hold";
    settings from({}, values, {});
    BOOST_TEST(read_worker_settings(from).hold_doubts);
}

BOOST_AUTO_TEST_CASE(take_for_a_callback_url_only_what_providers_can_call) {
    auto values = least();
    values["OTP_CALLBACK_URL"] = "https://otp.example.com/";
    settings from({}, values, {});
    BOOST_TEST(read_worker_settings(from).callback_url == "https://otp.example.com");
    BOOST_TEST(all_faults(from) == "");
    for (const auto* wrong :
         {"otp.example.com",
          "ftp://otp.example.com",
          "https://",
          "/",
          "https://otp_verify.example.com",
          "https://otp.example.com/?a=b",
          "https://otp.example.com?a=b",
          "https://otp.example.com/#a"}) {
        values["OTP_CALLBACK_URL"] = wrong;
        settings without({}, values, {});
        read_worker_settings(without);
        BOOST_TEST(all_faults(without).starts_with("OTP_CALLBACK_URL cannot"), wrong);
    }
}

BOOST_AUTO_TEST_CASE(take_any_queue_but_those_that_are_spoken_for) {
    const auto faults_with = [](std::string queue) {
        auto values = least();
        values["OTP_QUEUE"] = queue;
        settings from({}, values, {});
        BOOST_TEST(read_worker_settings(from).queue == queue);
        return all_faults(from);
    };
    for (const auto* free : {"otp.send.acme", "jobs", "amqp", "otp.retry", "send.now"})
        BOOST_TEST(faults_with(free) == "");
    BOOST_TEST(faults_with(std::string(255, 'q')) == "");
    for (const auto* taken : {"amq.gen", "otp.retry.250", "otp.retry.x", "otp.dead", "send"})
        BOOST_TEST(faults_with(taken).starts_with("OTP_QUEUE cannot be a queue of jobs: "), taken);
    BOOST_TEST(has(faults_with(std::string(256, 'q')), "expected at most 255 octets"));
}

BOOST_AUTO_TEST_CASE(pin_the_queue_to_a_tenant_where_they_name_one) {
    auto values = least();
    values["OTP_QUEUE_TENANT"] = "acme";
    settings from({}, values, {});
    BOOST_TEST(read_worker_settings(from).queue_tenant == "acme");
    BOOST_TEST(all_faults(from) == "");
    values["OTP_QUEUE_TENANT"] = "Acme Ltd";
    settings wrong({}, values, {});
    read_worker_settings(wrong);
    BOOST_TEST(has(all_faults(wrong), "OTP_QUEUE_TENANT is no tenant"));
}

BOOST_AUTO_TEST_CASE(limit_a_provider_on_one_channel_by_its_table_in_the_file) {
    auto values = least();
    values["OTP_CONCURRENCY"] = "300";
    settings from(
        {{"provider.twilio.sms.max_per_second", "80"}, {"provider.gupshup.sms.in_flight", "20"}},
        values,
        {}
    );
    const auto read = read_worker_settings(from);
    BOOST_TEST(all_faults(from) == "");
    BOOST_TEST(read.limits_of({"twilio", channel::sms}).max_per_second == 80.0);
    BOOST_TEST(read.limits_of({"twilio", channel::sms}).most_in_flight == 300U);
    BOOST_TEST(read.limits_of({"gupshup", channel::sms}).max_per_second == 0.0);
    BOOST_TEST(read.limits_of({"gupshup", channel::sms}).most_in_flight == 20U);
}

BOOST_AUTO_TEST_CASE(give_a_country_an_order_of_its_own) {
    auto values = least();
    values["TWILIO_VERIFY_SERVICE_SID"] = "VA" + std::string(32, '0');
    settings from(
        {{"routes.IN.sms", "twilio_verify,twilio"}, {"routes.BR.whatsapp", ""}},
        values,
        {}
    );
    const auto read = read_worker_settings(from);
    const auto order_of = [&](std::string_view country, channel by) {
        return read.preferred.of(country)[static_cast<std::size_t>(by)];
    };
    const std::vector<std::string> usual{"twilio", "twilio_verify"};
    BOOST_TEST(
        order_of("IN", channel::sms) == (std::vector<std::string>{"twilio_verify", "twilio"})
    );
    BOOST_TEST(order_of("IN", channel::whatsapp) == std::vector<std::string>{"twilio_verify"});
    BOOST_TEST(order_of("DE", channel::sms) == usual);
    BOOST_TEST(
        all_faults(from) ==
        "routes.BR.whatsapp names no provider: without it the usual ones serve that country\n"
    );
    settings wrong({{"routes.IN.sms", "gupshup"}}, least(), {});
    read_worker_settings(wrong);
    BOOST_TEST(all_faults(wrong) == "routes.IN.sms: gupshup is not configured for this channel\n");
}

BOOST_AUTO_TEST_CASE(add_verify_behind_the_others_or_where_it_is_listed) {
    auto values = least();
    values["TWILIO_VERIFY_SERVICE_SID"] = "VA" + std::string(32, '0');
    const auto order_of = [&](channel by) {
        settings from({}, values, {});
        const auto read = read_worker_settings(from);
        BOOST_TEST(all_faults(from) == "");
        return read.preferred.usual[static_cast<std::size_t>(by)];
    };
    BOOST_TEST(order_of(channel::sms) == (std::vector<std::string>{"twilio", "twilio_verify"}));
    BOOST_TEST(order_of(channel::whatsapp) == std::vector<std::string>{"twilio_verify"});
    values["OTP_SMS_PROVIDERS"] = "twilio_verify,twilio";
    BOOST_TEST(order_of(channel::sms) == (std::vector<std::string>{"twilio_verify", "twilio"}));
    values.erase("TWILIO_VERIFY_SERVICE_SID");
    settings without({}, values, {});
    read_worker_settings(without);
    BOOST_TEST(
        all_faults(without) ==
        "OTP_SMS_PROVIDERS: twilio_verify is not configured for this channel\n"
    );
}

BOOST_AUTO_TEST_CASE(are_listed_by_name) {
    settings from({}, least(), {});
    read_worker_settings(from);
    std::set<std::string, std::less<>> read;
    std::istringstream lines(from.effective());
    for (std::string line; std::getline(lines, line);)
        read.insert(line.substr(0, line.find(' ')));
    std::erase_if(read, [](const auto& name) {
        return name.starts_with("limits.") || name.starts_with("abuse.");
    });
    std::set<std::string, std::less<>> listed;
    for (const auto& one : settings_of(setting_reader::worker))
        if (!one.name.starts_with("routes."))  // read where the file has some
            listed.emplace(one.name);
    listed.erase("OTP_LOG_LEVEL");  // every program reads it
    BOOST_TEST(read == listed, boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(show_no_secret) {
    auto values = least();
    values["OTP_CODE_KEYS"] = "k1:" + key_hex + "zz";
    settings from({}, values, {});
    read_worker_settings(from);
    const auto shown = from.effective() + all_faults(from);
    BOOST_TEST(!has(shown, token));
    BOOST_TEST(!has(shown, key_hex));
    BOOST_TEST(!has(shown, "guest:guest"));
}

BOOST_AUTO_TEST_SUITE_END()
