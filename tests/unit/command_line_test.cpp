#include "common/config/known_settings.hpp"
#include "common/config/program.hpp"

#include <boost/test/unit_test.hpp>

#include <string>

using namespace otp;

BOOST_AUTO_TEST_SUITE(the_help_of_a_program)

BOOST_AUTO_TEST_CASE(names_what_it_reads_and_tells_apart_what_only_the_file_may_say) {
    const auto text = describe_settings(setting_reader::worker);
    const auto tables = text.find("\nIn tables of the TOML file only");
    BOOST_REQUIRE(tables != std::string::npos);
    for (const auto& one : settings_of(setting_reader::worker)) {
        const auto at = text.find("  " + std::string(one.name) + " ");
        BOOST_TEST(at != std::string::npos, one.name << " is not told");
        BOOST_TEST(
            (at > tables) == is_in_table(one.name),
            one.name << " stands in the other group"
        );
    }
    BOOST_TEST(text.find("routes.COUNTRY.sms") != std::string::npos);
    BOOST_TEST(text.find("  OTP_LISTEN ") == std::string::npos);
}

BOOST_AUTO_TEST_CASE(has_no_tables_where_it_reads_none) {
    const auto text = describe_settings(setting_reader::verify);
    BOOST_TEST(text.find("  OTP_LISTEN ") != std::string::npos);
    BOOST_TEST(text.find("In tables") == std::string::npos);
}

BOOST_AUTO_TEST_SUITE_END()

BOOST_AUTO_TEST_SUITE(a_command_line)

BOOST_AUTO_TEST_CASE(takes_every_setting_as_a_flag) {
    const auto line =
        read_command_line({"--amqp-url", "amqp://a", "--otp-queue=q", "--check-config"});
    BOOST_TEST(line.flags.at("AMQP_URL") == "amqp://a");
    BOOST_TEST(line.flags.at("OTP_QUEUE") == "q");
    BOOST_TEST(line.check_config);
}

BOOST_AUTO_TEST_CASE(an_unknown_flag_is_wrong_usage_and_names_the_nearest_known_one) {
    try {
        read_command_line({"--otp-que", "q"});
        BOOST_FAIL("accepted");
    } catch (const exit_with& e) {
        BOOST_TEST((e.code == exit_code::usage));
        BOOST_TEST(
            std::string(e.what()) == "unknown flag --otp-que; the nearest known one is --otp-queue"
        );
    }
}

BOOST_AUTO_TEST_CASE(a_value_of_a_flag_that_takes_none_is_wrong_usage) {
    for (const std::string flag : {"--help", "--version", "--check-config"})
        BOOST_CHECK_EXCEPTION(read_command_line({flag + "=1"}), exit_with, [&flag](const auto& e) {
            return e.code == exit_code::usage && e.what() == flag + " takes no value";
        });
}

BOOST_AUTO_TEST_CASE(ends_at_the_first_word_that_is_neither_a_flag_nor_the_value_of_one) {
    const auto line =
        read_command_line({"--otp-queue", "dead", "--otp-listen=x", "pause", "list", "--json"});
    BOOST_TEST(line.flags.at("OTP_QUEUE") == "dead");
    BOOST_TEST(line.flags.at("OTP_LISTEN") == "x");
    BOOST_TEST(
        line.words == (std::vector<std::string>{"pause", "list", "--json"}),
        boost::test_tools::per_element()
    );
}

BOOST_AUTO_TEST_SUITE_END()
