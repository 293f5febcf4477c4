// What is made of the table of commands: help, completion, the man page.

#include "ctl/command_words.hpp"
#include "ctl/completion_script.hpp"
#include "ctl/man_page.hpp"

#include <boost/test/unit_test.hpp>

using namespace otp;

namespace {

constexpr command table[] = {
    {"status", "ID|NUMBER [--at TIME] [--json]", "what became of it", nullptr},
    {"pause channel", "sms|whatsapp [--reason TEXT]", "nobody uses it. And more", nullptr},
    {"pause list", "[--json]", "what is paused", nullptr},
    {"export",
     "deliveries|events --from TIME [--format csv|json] [--out FILE]",
     "for auditors",
     nullptr},
};

std::string_view nothing_more(std::string_view) {
    return {};
}

bool has(const std::string& text, std::string_view part) {
    return text.find(part) != std::string::npos;
}

}  // namespace

BOOST_AUTO_TEST_SUITE(a_table_of_commands)

BOOST_AUTO_TEST_CASE(knows_first_and_second_words_in_their_order) {
    BOOST_TEST(
        first_words(table) == (std::vector<std::string>{"status", "pause", "export"}),
        boost::test_tools::per_element()
    );
    BOOST_TEST(
        second_words(table, "pause") == (std::vector<std::string>{"channel", "list"}),
        boost::test_tools::per_element()
    );
    BOOST_TEST(second_words(table, "status").empty());
}

BOOST_AUTO_TEST_CASE(tells_flags_with_their_values_and_choices) {
    const auto flags = flags_of(table[3]);
    BOOST_REQUIRE_EQUAL(flags.size(), 3U);
    BOOST_TEST(flags[0].name == "--from");
    BOOST_TEST(flags[0].value == "TIME");
    BOOST_TEST(flags[0].choices.empty());
    BOOST_TEST(
        flags[1].choices == (std::vector<std::string>{"csv", "json"}),
        boost::test_tools::per_element()
    );
    BOOST_TEST(flags_of(table[0]).back().value.empty());
}

BOOST_AUTO_TEST_CASE(tells_the_words_that_a_place_may_hold) {
    BOOST_TEST(
        choices_of(table[1]) == (std::vector<std::string>{"sms", "whatsapp"}),
        boost::test_tools::per_element()
    );
    BOOST_TEST(choices_of(table[0]).empty());
    BOOST_TEST(
        choices_of(table[3]) == (std::vector<std::string>{"deliveries", "events"}),
        boost::test_tools::per_element()
    );
}

BOOST_AUTO_TEST_CASE(is_help_of_lines_that_fit_a_terminal) {
    const auto text = help_of(table);
    BOOST_TEST(
        has(text,
            "  otpctl pause channel sms|whatsapp [--reason TEXT]\n      nobody uses it. And more\n")
    );
    BOOST_TEST(wrapped("one two three", 8, 2) == "one two\n  three");
}

BOOST_AUTO_TEST_CASE(is_a_man_page_in_which_no_line_of_text_is_a_request) {
    constexpr command odd[] = {{"odd", "", ".so /etc/passwd \\x and a-hyphen", nullptr}};
    const auto page = man_page(odd, "  NAME  meaning\n", nothing_more);
    BOOST_TEST(has(page, "\\&.so /etc/passwd \\ex and a\\-hyphen.\n"));
    BOOST_TEST(has(page, ".SH SETTINGS"));
    BOOST_TEST(has(page, "  NAME  meaning\n"));
}

BOOST_AUTO_TEST_CASE(is_completed_by_fish_with_its_choices) {
    const auto script = fish_completion(table);
    BOOST_TEST(has(script, "-n __fish_use_subcommand -a status -d 'what became of it'"));
    BOOST_TEST(has(script, "-l format -x -a 'csv json'"));
    BOOST_TEST(has(script, "-l out -r -F"));
    BOOST_TEST(has(script, "-a channel -d 'nobody uses it'"));
}

BOOST_AUTO_TEST_SUITE_END()
