// The rules of sending as their file has them, and as the store takes them.
#include "common/config/toml.hpp"
#include "common/core/whole_file.hpp"
#include "common/limits/live_limits.hpp"
#include "common/limits/network_prefix.hpp"
#include "common/limits/read_limit_rules.hpp"
#include "common/limits/show_rules.hpp"
#include "common/limits/store_bounds.hpp"

#include <boost/test/unit_test.hpp>

#include <unistd.h>

#include <algorithm>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <set>

using namespace otp;

BOOST_TEST_DONT_PRINT_LOG_VALUE(otp::limit_mode)

namespace {

limit_rules rules_of(std::string_view toml) {
    auto read = parse_limit_rules(toml);
    if (!read)
        throw std::runtime_error(read.error().front());
    return std::move(*read);
}

std::vector<std::string> faults_of(std::string_view toml) {
    const auto read = parse_limit_rules(toml);
    return read ? std::vector<std::string>() : read.error();
}

bool names(const std::vector<std::string>& faults, std::string_view key) {
    return faults.size() == 1 && faults.front().starts_with(std::string(key) + " ");
}

bool names_part(const std::string& fault, const std::string& part) {
    return fault.find(part) != std::string::npos;
}

// A file of its own for one test.
class scratch_file {
public:
    explicit scratch_file(const std::string& text) { write(text); }
    ~scratch_file() { std::remove(path.c_str()); }
    void write(const std::string& text) const {
        std::remove(path.c_str());
        std::ofstream(path) << text;
    }
    void become_a_folder() const {
        std::remove(path.c_str());
        std::filesystem::create_directory(path);
    }
    const std::string path = "/tmp/limit_rules_test_" + std::to_string(::getpid()) + ".toml";
};

// By its dotted name, each key with its value; of a list, whose order may be another, without it.
std::vector<std::pair<std::string, std::string>> keys_of(
    const toml::table& table,
    const std::string& before
) {
    std::vector<std::pair<std::string, std::string>> all;
    for (const auto& [key, node] : table) {
        const auto name = before + std::string(key.str());
        if (const auto* inner = node.as_table())
            std::ranges::move(keys_of(*inner, name + "."), std::back_inserter(all));
        else
            all.emplace_back(name, node.is_array() ? "" : text_of(node).value());
    }
    return all;
}

}  // namespace

BOOST_AUTO_TEST_SUITE(limits_from_a_file)

BOOST_AUTO_TEST_CASE(are_the_contracts_where_it_says_nothing) {
    const auto rules = rules_of("");
    BOOST_TEST((rules.number.mode == limit_mode::enforce));
    BOOST_TEST(rules.number.per_10_minutes == 5);
    BOOST_TEST(rules.number.per_day == 10);
    BOOST_TEST((rules.client_ip.mode == limit_mode::enforce));
    BOOST_TEST(rules.client_ip.per_hour == 60);
    BOOST_TEST((rules.user.mode == limit_mode::off));
    BOOST_TEST(!rules.tenant.is_on());
    BOOST_TEST(!rules.country.is_on());
    BOOST_TEST(rules.countries.allowed.empty());
    BOOST_TEST((rules.abuse_country.mode == limit_mode::observe));
    BOOST_TEST((rules.abuse_ip.mode == limit_mode::observe));
}

BOOST_AUTO_TEST_CASE(are_what_it_says) {
    const auto rules = rules_of(R"(
        [limits]
        number = {mode = "observe", per_10_minutes = 3, per_day = 4}
        user = {per_hour = 7}
        client_ip = {mode = "off"}
        countries = {allowed = ["GB", "DE"]}
        number_type = {refused = ["premium_rate"]}
        tenant = {per_second = 50, rates = {acme = {per_minute = 30, burst = 4}}}
        country = {mode = "observe", rates = {GB = {per_hour = 3600}}}
        [abuse]
        grace_seconds = 5
        ip = {mode = "enforce", hour = {floor = 9, share = 2.5}}
    )");
    BOOST_TEST((rules.number.mode == limit_mode::observe));
    BOOST_TEST(rules.number.per_10_minutes == 3);
    BOOST_TEST((rules.user.mode == limit_mode::enforce));  // who names a bound wants it to hold
    BOOST_TEST(rules.user.per_hour == 7);
    BOOST_TEST((rules.client_ip.mode == limit_mode::off));
    BOOST_TEST(rules.countries.allowed.contains("DE"));
    BOOST_TEST(rules.number_type.refused.size() == 1U);
    BOOST_TEST(rules.tenant.find("anyone")->per_second == 50);
    BOOST_TEST(rules.tenant.find("anyone")->burst == 50);
    BOOST_TEST(rules.tenant.find("acme")->per_second == 0.5);
    BOOST_TEST(rules.tenant.find("acme")->burst == 4);
    BOOST_TEST(rules.country.find("GB")->per_second == 1);
    BOOST_TEST((rules.country.find("US") == nullptr));
    BOOST_TEST(rules.abuse_grace.count() == 5);
    BOOST_TEST((rules.abuse_ip.mode == limit_mode::enforce));
    BOOST_TEST(rules.abuse_ip.floors[0] == 9);
    BOOST_TEST(rules.abuse_ip.shares[0] == 2.5);
    BOOST_TEST(rules.abuse_ip.floors[1] == limit_rules().abuse_ip.floors[1]);
}

BOOST_AUTO_TEST_CASE(are_shown_with_the_settings_as_they_hold) {
    settings from({}, {}, {});
    show_rules(from, rules_of(R"(
        [limits]
        number = {mode = "observe", per_day = 4}
        countries = {allowed = ["GB", "DE"]}
        number_type = {refused = []}
        tenant = {rates = {acme = {per_minute = 30, burst = 4}}}
        [abuse]
        ip = {hour = {share = 2.5}}
    )"));
    const auto shown = from.effective();
    for (const std::string line :
         {"limits.number.mode = observe",
          "limits.number.per_10_minutes = 5",
          "limits.number.per_day = 4",
          "limits.countries.allowed = DE,GB",
          "limits.number_type.refused = (none)",
          "limits.tenant.per_second = (not set)",
          "limits.tenant.rates.acme.per_second = 0.5",
          "limits.tenant.rates.acme.burst = 4",
          "abuse.ip.hour.share = 2.5"})
        BOOST_TEST((shown.find(line + "\n") != std::string::npos), line << " is not in\n" << shown);
}

BOOST_AUTO_TEST_CASE(are_shown_by_every_key_of_the_file_with_the_defaults) {
    settings from({}, {}, {});
    show_rules(from, limit_rules());
    const auto shown = from.effective();
    const auto table = parse_toml(whole_file("config/limits.toml").value());
    const auto keys = keys_of(*table, "");
    BOOST_TEST(keys.size() > 30U);
    for (const auto& [key, value] : keys)
        BOOST_TEST((shown.find(key + " = " + value) != std::string::npos), key << " = " << value);
    // The two rates, which the file names only in comments.
    BOOST_TEST(std::ranges::count(shown, '\n') == std::ssize(keys) + 2);
}

BOOST_AUTO_TEST_CASE(of_the_programs_own_file_that_is_no_good_are_one_fault) {
    const scratch_file broken("[=]");
    for (const std::string path : {"/nowhere/otp.toml", broken.path.c_str()}) {
        settings unread({}, {}, {});
        unread.set_file_path(path);
        settings from = unread.read_again();
        read_live_limits(from);
        BOOST_TEST(from.faults().size() == 1U);
    }
}

BOOST_AUTO_TEST_CASE(that_are_wrong_are_named_each) {
    BOOST_TEST(names(faults_of("[limits.number]\nmode = \"on\""), "limits.number.mode"));
    BOOST_TEST(names(faults_of("[limits.number]\nper_day = 0"), "limits.number.per_day"));
    BOOST_TEST(names(faults_of("[limits.number]\nper_day = 1001"), "limits.number.per_day"));
    BOOST_TEST(names(faults_of("[limits.number]\nper_day = \"5\""), "limits.number.per_day"));
    BOOST_TEST(names(faults_of("[limits.number]\nper_hour = 5"), "limits.number.per_hour"));
    BOOST_TEST(names(faults_of("[limits.numbers]\nper_day = 5"), "limits.numbers"));
    BOOST_TEST(names(faults_of("limits = 3"), "limits"));
    BOOST_TEST(names(faults_of("[limit.number]\nper_day = 5"), "limit"));
    BOOST_TEST(
        names(faults_of("[limits.countries]\nallowed = [\"gb\"]"), "limits.countries.allowed")
    );
    BOOST_TEST(names(faults_of("[limits.countries]\nallowed = \"GB\""), "limits.countries.allowed")
    );
    BOOST_TEST(names(
        faults_of("[limits.number_type]\nrefused = [\"mobile\"]"),
        "limits.number_type.refused"
    ));
    BOOST_TEST(names(faults_of("[limits.tenant]\nper_second = 0"), "limits.tenant.per_second"));
    BOOST_TEST(names(faults_of("[limits.tenant]\nburst = 5"), "limits.tenant.burst"));
    BOOST_TEST(names(
        faults_of("[limits.tenant]\nper_second = 1\nper_hour = 2"),
        "limits.tenant.per_second"
    ));
    BOOST_TEST(names(
        faults_of("[limits.tenant.rates.acme]\nburst = 5\nper_second = 1\nx = 1"),
        "limits.tenant.rates.acme.x"
    ));
    BOOST_TEST(
        names(faults_of("[limits.tenant.rates.\"A b\"]\nper_second = 1"), "limits.tenant.rates.A b")
    );
    BOOST_TEST(names(
        faults_of("[limits.country.rates.Britain]\nper_second = 1"),
        "limits.country.rates.Britain"
    ));
    BOOST_TEST(names(faults_of("[abuse.country.hour]\nshare = -1"), "abuse.country.hour.share"));
    BOOST_TEST(names(faults_of("[abuse.country.week]\nshare = 1"), "abuse.country.week"));
    BOOST_TEST(faults_of("[limits.number]\nper_day = 0\nper_10_minutes = 0").size() == 2U);
    BOOST_TEST(faults_of("[limits.number").front().ends_with("(line 1)"));
}

// toml++ ends the program by an assertion where it is left as it is.
BOOST_AUTO_TEST_CASE(whose_table_headers_are_mistyped_are_a_fault) {
    for (const char* text :
         {"[=]", "[.limits]", "[;limits.number]", "[\x01]", "[[\xc3\xa9]]", "[", "a.=1"})
        BOOST_TEST(!parse_limit_rules(text).has_value(), text);
}

// toml++ takes it for one that cannot be there.
BOOST_AUTO_TEST_CASE(with_a_letter_that_is_no_ascii_outside_of_texts_and_comments_are_a_fault) {
    for (const char* line : {"mode = \"off\" \u00e9", "\u00e9 = 1", "mode = \"a\\\"\" \u0400"})
        BOOST_TEST(
            faults_of("[limits.number]\n" + std::string(line)).front().ends_with("(line 2)"),
            line
        );
    const auto fine = "\uFEFF[limits.number] # \u00e9\nmode = \"off\" # \"\u00e9";
    BOOST_TEST(parse_limit_rules(fine).has_value());
    BOOST_TEST(names(faults_of("[limits.number]\nmode = \"\u00e9\""), "limits.number.mode"));
}

BOOST_AUTO_TEST_CASE(are_the_defaults_in_the_example) {
    const auto read = read_limit_rules("config/limits.toml", limits_file::own);
    BOOST_REQUIRE(read.has_value());
    const limit_rules defaults;
    const auto& rules = *read;
    const auto same = [](const abuse_rule& one, const abuse_rule& other) {
        return one.mode == other.mode && one.floors == other.floors && one.shares == other.shares;
    };
    BOOST_TEST((rules.number.mode == defaults.number.mode));
    BOOST_TEST(rules.number.per_10_minutes == defaults.number.per_10_minutes);
    BOOST_TEST(rules.number.per_day == defaults.number.per_day);
    BOOST_TEST((rules.user.mode == defaults.user.mode));
    BOOST_TEST(rules.user.per_hour == defaults.user.per_hour);
    BOOST_TEST(rules.user.per_day == defaults.user.per_day);
    BOOST_TEST(rules.client_ip.per_hour == defaults.client_ip.per_hour);
    BOOST_TEST((rules.number_type.refused == defaults.number_type.refused));
    BOOST_TEST(rules.countries.allowed.empty());
    BOOST_TEST(!rules.tenant.is_on());
    BOOST_TEST(!rules.country.is_on());
    BOOST_TEST(same(rules.abuse_country, defaults.abuse_country));
    BOOST_TEST(same(rules.abuse_ip, defaults.abuse_ip));
    BOOST_TEST((rules.abuse_grace == defaults.abuse_grace));
    BOOST_TEST((rules.abuse_interval == defaults.abuse_interval));
}

BOOST_AUTO_TEST_CASE(may_stand_beside_other_settings_in_the_programs_file) {
    const std::string toml = "otp_concurrency = 7\n[limits.number]\nper_day = 6";
    BOOST_TEST(parse_limit_rules(toml, limits_file::shared)->number.per_day == 6);
    BOOST_TEST(parse_limit_rules(toml).has_error());
}

BOOST_AUTO_TEST_CASE(of_a_file_of_their_own_are_read_with_the_settings_which_gather_the_faults) {
    const scratch_file file("[limits.number]\nper_day = 6");
    const auto read = [&file](std::vector<std::string>& faults) {
        settings from({}, {{"OTP_LIMITS", file.path}, {"OTP_COUNTRIES", "GB"}}, {});
        auto limits = read_live_limits(from);
        faults = from.faults();
        BOOST_TEST(limits.file == file.path);
        return limits.rules;
    };
    std::vector<std::string> faults;
    BOOST_TEST(read(faults).number.per_day == 6);
    BOOST_TEST(faults.empty());
    file.write("[limits.number]\nper_day = 7\nmode = \"no\"");
    read(faults);
    BOOST_TEST_REQUIRE(faults.size() == 1U);
    BOOST_TEST(faults.front().starts_with(file.path + ": limits.number.mode "));
    file.become_a_folder();
    read(faults);
    BOOST_TEST(faults == std::vector<std::string>{file.path + ": cannot be read"});
    file.write("[limits.countries]\nallowed = [\"DE\"]");
    const auto rules = read(faults);
    BOOST_TEST(faults.empty());
    const std::set<std::string, std::less<>> of_the_setting{"GB"};  // it goes before the file
    BOOST_TEST(rules.countries.allowed == of_the_setting);
}

// One of them would hold, and the other, sound or not, would be passed over.
BOOST_AUTO_TEST_CASE(that_stand_in_two_files_are_a_fault_which_names_both) {
    const scratch_file own("[limits.number]\nper_day = 6");
    const auto path = own.path + ".shared";
    const auto faults_beside = [&](const std::string& text) {
        std::ofstream(path) << text;
        settings unread({}, {{"OTP_LIMITS", own.path}}, {});
        unread.set_file_path(path);
        settings from = unread.read_again();
        read_live_limits(from);
        std::remove(path.c_str());
        return from.faults();
    };
    for (const auto* text : {"[limits.number]\nper_day = 7", "limits = 3", "[abuse]"}) {
        const auto faults = faults_beside(text);
        BOOST_TEST_REQUIRE(faults.size() == 1U, text);
        BOOST_TEST(faults.front().starts_with("limits stand in two files: "));
        BOOST_TEST(names_part(faults.front(), own.path + ","));
        BOOST_TEST(names_part(faults.front(), path + ";"));
    }
    BOOST_TEST(faults_beside("otp_code_length = 7").empty());
}

BOOST_AUTO_TEST_SUITE_END()

BOOST_AUTO_TEST_SUITE(bounds_for_the_store)

BOOST_AUTO_TEST_CASE(are_the_contracts_by_default) {
    const auto bounds = bounds_of({});
    BOOST_TEST(*bounds.number_10_minutes == 5);
    BOOST_TEST(*bounds.number_day == 10);
    BOOST_TEST(*bounds.ip_hour == 60);
    BOOST_TEST(!bounds.user_hour.has_value());
    BOOST_TEST(bounds.watched.empty());
    BOOST_TEST(bounds.has_ladder);
}

BOOST_AUTO_TEST_CASE(that_only_observe_stand_apart) {
    limit_rules rules;
    rules.number.mode = limit_mode::observe;
    rules.resend = limit_mode::observe;
    rules.client_ip.mode = limit_mode::off;
    const auto bounds = bounds_of(rules);
    BOOST_TEST(!bounds.number_10_minutes.has_value());
    BOOST_TEST(!bounds.ip_hour.has_value());
    BOOST_REQUIRE(bounds.watched.size() == 6U);
    BOOST_TEST(*bounds.watched[0] == 5);
    BOOST_TEST(*bounds.watched[1] == 10);
    BOOST_TEST(!bounds.watched[2].has_value());
    BOOST_TEST(*bounds.watched[5] == 1);
    BOOST_TEST(bounds.has_ladder);
}

BOOST_AUTO_TEST_SUITE_END()

BOOST_AUTO_TEST_SUITE(the_network_of_an_address)

BOOST_AUTO_TEST_CASE(is_what_one_customer_has) {
    BOOST_TEST(network_prefix("203.0.113.9") == "203.0.113.0/24");
    BOOST_TEST(network_prefix("2001:db8:1:2:3:4:5:6") == "2001:db8:1:2::/64");
    BOOST_TEST(network_prefix("nowhere").empty());
}

BOOST_AUTO_TEST_SUITE_END()
