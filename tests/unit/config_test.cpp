#include "common/config/program.hpp"
#include "common/config/settings.hpp"
#include "common/config/shared_settings.hpp"

#include <boost/test/unit_test.hpp>

#include <unistd.h>

#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <string>

using namespace otp;

namespace {

// A file that is gone at the end of the test.
struct temporary_file {
    explicit temporary_file(std::string_view text) {
        path = "/tmp/otp_config_test_" + std::to_string(::getpid()) + "_" + std::to_string(made++);
        std::ofstream(path) << text;
    }
    ~temporary_file() { std::remove(path.c_str()); }
    static inline int made = 0;
    std::string path;
};

// The same with files in it.
struct temporary_folder {
    temporary_folder() {
        std::string name = "/tmp/otp_config_test_XXXXXX";
        BOOST_REQUIRE(::mkdtemp(name.data()) != nullptr);
        path = name;
    }
    ~temporary_folder() { std::filesystem::remove_all(path); }
    void put(const std::string& name, std::string_view text) const {
        std::ofstream(path + "/" + name) << text;
    }
    std::string path;
};

}  // namespace

BOOST_AUTO_TEST_SUITE(settings_of_a_program)

BOOST_AUTO_TEST_CASE(flags_win_over_the_environment_and_that_over_the_file) {
    settings all(
        {{"OTP_QUEUE", "file"}, {"OTP_LISTEN", "file"}, {"OTP_APP_NAME", "file"}},
        {{"OTP_QUEUE", "environment"}, {"OTP_LISTEN", "environment"}},
        {{"OTP_QUEUE", "flag"}}
    );
    BOOST_TEST(all.text("OTP_QUEUE") == "flag");
    BOOST_TEST(all.text("OTP_LISTEN") == "environment");
    BOOST_TEST(all.text("OTP_APP_NAME") == "file");
    BOOST_TEST(all.text("OTP_TEMPLATES", "templates") == "templates");
}

BOOST_AUTO_TEST_CASE(all_faults_are_gathered_and_name_the_setting_and_the_rule) {
    settings all({}, {{"OTP_CODE_LENGTH", "3"}, {"OTP_AUTH", "maybe"}}, {});
    all.whole("OTP_CODE_LENGTH", 4, 10, 6);
    all.one_of("OTP_AUTH", {"required", "off"}, "required");
    all.required_secret("AMQP_URL");
    BOOST_REQUIRE(all.faults().size() == 3U);
    BOOST_TEST(all.faults()[0] == "OTP_CODE_LENGTH must be a whole number from 4 to 10");
    BOOST_TEST(all.faults()[1] == "OTP_AUTH must be one of: required, off");
    BOOST_TEST(all.faults()[2].starts_with("AMQP_URL is required"));
}

BOOST_AUTO_TEST_CASE(a_fault_that_two_readers_find_is_told_once) {
    settings all({}, {}, {});
    all.required_secret("AMQP_URL");
    all.required_secret("AMQP_URL");
    BOOST_TEST(all.faults().size() == 1U);
}

BOOST_AUTO_TEST_CASE(a_secret_may_be_a_credential_of_the_service_manager) {
    const temporary_folder given;
    given.put("TWILIO_AUTH_TOKEN", "hunter2\n");
    given.put("shared_OTP_HASH_KEYS", "k1:00");  // LoadCredential=shared:/some/folder
    given.put("worker_OTP_QUEUE", "no secret");
    settings all({{"GUPSHUP_API_KEY", "file"}}, {{"CREDENTIALS_DIRECTORY", given.path}}, {});
    BOOST_TEST(all.secret_text("TWILIO_AUTH_TOKEN").reveal() == "hunter2");
    BOOST_TEST(all.secret_text("OTP_HASH_KEYS").reveal() == "k1:00");
    BOOST_TEST(all.secret_text("GUPSHUP_API_KEY").reveal() == "file");
    BOOST_TEST(all.text("OTP_QUEUE", "otp.send") == "otp.send");
    BOOST_TEST(all.faults().empty());
}

BOOST_AUTO_TEST_CASE(whatever_is_set_elsewhere_wins_over_a_credential) {
    const temporary_folder given;
    given.put("TWILIO_AUTH_TOKEN", "credential");
    const temporary_file own("own file");
    const settings::values there{{"CREDENTIALS_DIRECTORY", given.path}};
    settings in_file({{"TWILIO_AUTH_TOKEN", "file"}}, there, {});
    BOOST_TEST(in_file.secret_text("TWILIO_AUTH_TOKEN").reveal() == "file");
    auto environment = there;
    environment["TWILIO_AUTH_TOKEN_FILE"] = own.path;
    settings named({}, environment, {});
    BOOST_TEST(named.secret_text("TWILIO_AUTH_TOKEN").reveal() == "own file");
}

BOOST_AUTO_TEST_CASE(a_folder_of_credentials_that_is_not_there_holds_none) {
    settings all({}, {{"CREDENTIALS_DIRECTORY", "/nonexistent"}}, {});
    BOOST_TEST(all.secret_text("TWILIO_AUTH_TOKEN").empty());
    BOOST_TEST(all.faults().empty());
}

BOOST_AUTO_TEST_CASE(a_secret_may_stand_in_a_file_and_is_never_shown) {
    const temporary_file file("hunter2\n");
    settings all({}, {{"TWILIO_AUTH_TOKEN_FILE", file.path}}, {});
    BOOST_TEST(all.secret_text("TWILIO_AUTH_TOKEN").reveal() == "hunter2");
    BOOST_TEST(all.effective() == "TWILIO_AUTH_TOKEN = (set)\n");
}

BOOST_AUTO_TEST_CASE(a_file_of_a_secret_may_be_named_in_each_place_and_goes_behind_the_value_there
) {
    const temporary_file key("of a file\n");
    const temporary_file toml("gupshup_api_key_file = \"" + key.path + "\"\n");
    std::vector<std::string> faults;
    const auto in_toml = settings::read_toml(toml.path, faults);
    BOOST_TEST(faults.empty());
    const settings::values direct{{"GUPSHUP_API_KEY", "direct"}};
    const auto by_flag =
        read_command_line({"--gupshup-api-key-file", key.path, "--gupshup-api-key", ""}).flags;
    const auto found = [](const settings::values& file,
                          const settings::values& environment,
                          const settings::values& flags) {
        settings all(file, environment, flags);
        return std::string(all.secret_text("GUPSHUP_API_KEY").reveal());
    };
    BOOST_TEST(found(in_toml, {}, {}) == "of a file");
    BOOST_TEST(settings(in_toml, {}, {}).file_of("GUPSHUP_API_KEY") == key.path);
    BOOST_TEST(settings(in_toml, direct, {}).file_of("GUPSHUP_API_KEY").empty());
    BOOST_TEST(found(in_toml, direct, {}) == "direct");
    BOOST_TEST(found(direct, direct, by_flag) == "of a file");
    BOOST_TEST(found({}, {}, {by_flag.begin(), by_flag.end()}) == "of a file");
    auto both = in_toml;
    both.merge(settings::values(direct));
    BOOST_TEST(found(both, {}, {}) == "direct");
}

BOOST_AUTO_TEST_CASE(only_a_secret_may_stand_in_a_file_of_its_own) {
    const temporary_file file("otp_queue_file = \"x\"\n");
    std::vector<std::string> faults;
    settings::read_toml(file.path, faults);
    BOOST_REQUIRE(faults.size() == 1U);
    BOOST_TEST(faults[0].find("unknown key otp_queue_file;") != std::string::npos);
    BOOST_CHECK_THROW(read_command_line({"--otp-queue-file", "x"}), exit_with);
}

BOOST_AUTO_TEST_CASE(an_unknown_toml_key_is_a_fault_that_names_the_nearest_known_one) {
    const temporary_file file(
        "amqp_ur = \"x\"\notp_concurrency = 7\notp_countries = [\"GB\", \"DE\"]\n"
    );
    std::vector<std::string> faults;
    const auto found = settings::read_toml(file.path, faults);
    BOOST_REQUIRE(faults.size() == 1U);
    BOOST_TEST(
        faults[0].find("unknown key amqp_ur; the nearest known one is amqp_url") !=
        std::string::npos
    );
    BOOST_TEST(found.at("OTP_CONCURRENCY") == "7");
    BOOST_TEST(found.at("OTP_COUNTRIES") == "GB,DE");
}

BOOST_AUTO_TEST_CASE(a_toml_number_may_have_a_fraction) {
    const temporary_file file("sandbox_failure_rate = 0.05\nsandbox_doubt_rate = 1.0\n");
    std::vector<std::string> faults;
    const auto found = settings::read_toml(file.path, faults);
    BOOST_TEST(faults.empty());
    BOOST_TEST(found.at("SANDBOX_FAILURE_RATE") == "0.05");
    BOOST_TEST(found.at("SANDBOX_DOUBT_RATE") == "1");
}

BOOST_AUTO_TEST_CASE(a_folder_in_the_place_of_a_file_is_a_fault) {
    const temporary_folder folder;
    settings all({}, {{"TWILIO_AUTH_TOKEN_FILE", folder.path}}, {});
    BOOST_TEST(all.secret_text("TWILIO_AUTH_TOKEN").empty());
    BOOST_REQUIRE(all.faults().size() == 1U);
    const auto cause = "TWILIO_AUTH_TOKEN its file " + folder.path + " cannot be read";
    BOOST_TEST(all.faults()[0] == cause);
    all.required_secret("TWILIO_AUTH_TOKEN");
    all.fault("TWILIO_AUTH_TOKEN", "is missing");
    BOOST_TEST(all.faults().size() == 1U, "and nothing is told that follows from it");
    all.fault("TWILIO_AUTH_TOKEN_PREVIOUS", "is wrong");
    BOOST_TEST(all.faults().size() == 2U);
    std::vector<std::string> faults;
    settings::read_toml(folder.path, faults);
    BOOST_REQUIRE(faults.size() == 1U);
    BOOST_TEST(faults[0] == folder.path + ": cannot be read");
}

BOOST_AUTO_TEST_CASE(a_toml_table_gives_its_keys_their_dotted_names) {
    const temporary_file file(
        "[provider.twilio.sms]\nmax_per_second = 80\n[provider.twilio.fax]\nin_flight = 1\n"
    );
    std::vector<std::string> faults;
    const auto found = settings::read_toml(file.path, faults);
    BOOST_REQUIRE(faults.size() == 1U);
    BOOST_TEST(faults[0].find("unknown key provider.twilio.fax.in_flight") != std::string::npos);
    BOOST_TEST(found.at("provider.twilio.sms.max_per_second") == "80");
}

BOOST_AUTO_TEST_CASE(a_country_may_have_a_table_of_routes) {
    const temporary_file file("[routes.IN]\nsms = [\"gupshup\", \"twilio\"]\n[routes.india]\nsms = "
                              "\"twilio\"\n[routes.DE]\nfax = \"twilio\"\n");
    std::vector<std::string> faults;
    settings all(settings::read_toml(file.path, faults), {}, {});
    BOOST_TEST((all.routes() == std::vector<std::string>{"routes.IN.sms"}));
    BOOST_TEST((all.list("routes.IN.sms") == std::vector<std::string>{"gupshup", "twilio"}));
    BOOST_REQUIRE(faults.size() == 2U);
    BOOST_TEST(faults[0].find("unknown key routes.DE.fax; a country's") != std::string::npos);
    BOOST_TEST(faults[1].find("unknown key routes.india.sms; a country's") != std::string::npos);
}

BOOST_AUTO_TEST_CASE(a_route_that_is_new_in_a_file_has_changed_for_who_reads_it) {
    const settings before({}, {}, {});
    settings now({{"routes.IN.sms", "gupshup"}}, {}, {});
    BOOST_TEST(now.changed_since(before).empty());
    BOOST_TEST(now.text("routes.IN.sms") == "gupshup");
    BOOST_TEST((now.changed_since(before) == std::vector<std::string>{"routes.IN.sms"}));
}

BOOST_AUTO_TEST_CASE(an_unknown_toml_table_is_a_fault_though_nothing_stands_in_it) {
    const temporary_file file("[provider.twilio.sms]\n[provider.twilio.smss]\n[provider.fax]\n");
    std::vector<std::string> faults;
    settings::read_toml(file.path, faults);
    BOOST_REQUIRE(faults.size() == 2U);
    BOOST_TEST(faults[0].find("unknown key provider.fax;") != std::string::npos);
    BOOST_TEST(faults[1].find("unknown key provider.twilio.smss;") != std::string::npos);
}

BOOST_AUTO_TEST_CASE(what_stands_in_a_table_stands_in_the_file_alone) {
    const std::string name = "provider.twilio.sms.in_flight";
    const settings all({}, {{name, "1"}}, {{name, "2"}});
    BOOST_TEST(!all.is_set(name));
    BOOST_CHECK_THROW(read_command_line({"--" + name, "3"}), exit_with);
}

BOOST_AUTO_TEST_CASE(an_empty_variable_counts_as_not_set) {
    settings all({{"OTP_QUEUE", "file"}}, {{"OTP_LISTEN", ""}}, {});
    BOOST_TEST(all.text("OTP_LISTEN", "fallback") == "fallback");
}

BOOST_AUTO_TEST_CASE(an_empty_value_leaves_the_word_to_the_next_place) {
    const temporary_file file("hunter2\n");
    settings all(
        {{"OTP_QUEUE", "file"}},
        {{"OTP_QUEUE", ""}, {"TWILIO_AUTH_TOKEN", ""}, {"TWILIO_AUTH_TOKEN_FILE", file.path}},
        {{"OTP_QUEUE", ""}}
    );
    BOOST_TEST(all.text("OTP_QUEUE", "fallback") == "file");
    BOOST_TEST(all.secret_text("TWILIO_AUTH_TOKEN").reveal() == "hunter2");
}

BOOST_AUTO_TEST_CASE(is_set_says_whether_a_value_would_be_found) {
    const temporary_file file("hunter2\n");
    settings all(
        {{"OTP_APP_NAME", "file"}},
        {{"OTP_QUEUE", ""}, {"OTP_APP_NAME", ""}, {"TWILIO_AUTH_TOKEN_FILE", file.path}},
        {}
    );
    BOOST_TEST(!all.is_set("OTP_QUEUE"));
    BOOST_TEST(all.is_set("OTP_APP_NAME"));
    BOOST_TEST(all.is_set("TWILIO_AUTH_TOKEN"));
    BOOST_TEST(!all.is_set("TWILIO_ACCOUNT_SID"));
}

BOOST_AUTO_TEST_CASE(read_again_say_what_their_files_say_now_under_flags_and_environment) {
    const temporary_file file("otp_queue = \"one\"\notp_app_name = \"one\"\n");
    const temporary_file token("one\n");
    const temporary_folder given;
    given.put("GUPSHUP_API_KEY", "one");
    settings before(
        {},
        {{"OTP_LISTEN", "environment"},
         {"TWILIO_AUTH_TOKEN_FILE", token.path},
         {"CREDENTIALS_DIRECTORY", given.path}},
        {{"OTP_APP_NAME", "flag"}}
    );
    before.set_file_path(file.path);
    before = before.read_again();
    for (const auto* name : {"OTP_QUEUE", "OTP_APP_NAME", "OTP_LISTEN", "OTP_TEMPLATES"})
        before.text(name);
    for (const auto* name : {"TWILIO_AUTH_TOKEN", "GUPSHUP_API_KEY", "GUPSHUP_SMS_PASSWORD"})
        before.secret_text(name);
    settings same = before.read_again();
    BOOST_TEST(same.changed_since(before).empty());

    std::ofstream(file.path
    ) << "otp_queue = \"two\"\notp_app_name = \"two\"\notp_listen = \"two\"\n"
      << "amqp_ca_file = \"nobody asked for it\"\n";
    std::ofstream(token.path) << "two\n";
    given.put("GUPSHUP_API_KEY", "two");
    given.put("GUPSHUP_SMS_PASSWORD", "two");
    settings now = before.read_again();
    BOOST_TEST(now.text("OTP_QUEUE") == "two");
    BOOST_TEST(now.text("OTP_APP_NAME") == "flag");
    BOOST_TEST(now.text("OTP_LISTEN") == "environment");
    BOOST_TEST(now.secret_text("TWILIO_AUTH_TOKEN").reveal() == "two");
    BOOST_TEST(now.secret_text("GUPSHUP_API_KEY").reveal() == "two");
    const std::vector<std::string> changed{
        "GUPSHUP_API_KEY",
        "GUPSHUP_SMS_PASSWORD",
        "OTP_QUEUE",
        "TWILIO_AUTH_TOKEN"};
    BOOST_TEST(now.changed_since(before) == changed, boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(read_again_from_a_file_that_is_gone_have_that_fault_alone) {
    settings before({}, {}, {});
    before.set_file_path("/nowhere/otp.toml");
    settings now = before.read_again();
    now.required_secret("AMQP_URL");
    BOOST_REQUIRE(now.faults().size() == 1U);
    BOOST_TEST(now.faults()[0].find("/nowhere/otp.toml") != std::string::npos);
}

BOOST_AUTO_TEST_CASE(a_reload_sees_that_a_ladder_or_a_life_was_set_that_was_not) {
    settings before({}, {}, {});
    read_resend_ladder(before);
    read_code_settings(before);
    BOOST_TEST(
        before.effective().find("OTP_RESEND_SECONDS = 30,60,120,300\n") != std::string::npos
    );
    BOOST_TEST(before.effective().find("OTP_EXPIRY_SECONDS = 300\n") != std::string::npos);
    settings now({{"OTP_RESEND_SECONDS", "0"}, {"OTP_EXPIRY_MINUTES", "3"}}, {}, {});
    read_resend_ladder(now);
    BOOST_TEST((read_code_settings(now).ttl == std::chrono::minutes(3)));
    const std::vector<std::string> changed{"OTP_EXPIRY_MINUTES", "OTP_RESEND_SECONDS"};
    BOOST_TEST(now.changed_since(before) == changed, boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(a_ladder_without_a_step_or_with_another_word_is_a_fault) {
    for (const auto text : {",", " , ", "30,,x", "-1", "86401"}) {
        settings all({}, {{"OTP_RESEND_SECONDS", text}}, {});
        read_resend_ladder(all);
        BOOST_TEST(all.faults().size() == 1U, text);
    }
    settings off({}, {{"OTP_RESEND_SECONDS", "0"}}, {});
    BOOST_TEST((read_resend_ladder(off) == std::vector<int>{0}));
}

BOOST_AUTO_TEST_SUITE_END()
