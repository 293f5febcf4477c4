#include "common/config/program.hpp"
#include "ctl/flags.hpp"

#include <boost/test/unit_test.hpp>

using namespace otp;

namespace {

flags read(const std::vector<std::string>& words) {
    return flags(words, {"--to", "--count", "--channel"}, {"--dry-run"});
}

// What exit_with says; empty where nothing is thrown.
template <class Work>
std::string complaint(Work work) {
    try {
        work();
    } catch (const exit_with& error) {
        BOOST_TEST((error.code == exit_code::usage));
        return error.what();
    }
    return "";
}

}  // namespace

BOOST_AUTO_TEST_SUITE(flags_of_a_command)

BOOST_AUTO_TEST_CASE(take_their_value_as_the_next_word_or_behind_an_equals_sign) {
    const auto given = read({"status", "--to", "+1", "--count=3", "--dry-run"});
    BOOST_TEST(given.required("--to") == "+1");
    BOOST_TEST(given.whole("--count", 1, 9, 1) == 3);
    BOOST_TEST(given.has("--dry-run"));
    BOOST_TEST(given.words().size() == 1U);
    BOOST_TEST(given.words().front() == "status");
    BOOST_TEST(given.text("--channel", "sms") == "sms");
}

BOOST_AUTO_TEST_CASE(may_stand_several_times_where_a_list_is_asked_for) {
    const auto given = read({"--channel", "sms", "--channel=voice"});
    const std::vector<std::string> expected{"sms", "voice"};
    BOOST_TEST(given.all("--channel") == expected, boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(given_twice_are_refused_where_one_is_asked_for) {
    const auto given = read({"--to", "+1", "--to", "+2"});
    BOOST_TEST(complaint([&] { given.required("--to"); }) == "--to is given twice");
}

BOOST_AUTO_TEST_CASE(that_are_unknown_name_the_nearest) {
    BOOST_TEST(complaint([] {
                   read({"--chanel", "sms"});
               }) == "unknown flag --chanel; the nearest known one is --channel");
}

BOOST_AUTO_TEST_CASE(without_their_value_are_refused) {
    BOOST_TEST(complaint([] { read({"--to"}); }) == "--to needs a value");
    BOOST_TEST(complaint([] { read({"--to", "--count", "3"}); }) == "--to needs a value");
}

BOOST_AUTO_TEST_CASE(that_are_switches_take_no_value) {
    BOOST_TEST(complaint([] { read({"--dry-run=yes"}); }) == "--dry-run takes no value");
}

BOOST_AUTO_TEST_CASE(hold_numbers_in_their_range) {
    for (const auto* value : {"0", "10", "three", "3x", ""}) {
        const auto given = read({std::string("--count=") + value});
        BOOST_TEST(complaint([&] {
                       given.whole("--count", 1, 9, 1);
                   }) == "--count must be a whole number from 1 to 9");
    }
    BOOST_TEST(read({}).whole("--count", 1, 9, 4) == 4);
}

BOOST_AUTO_TEST_CASE(that_are_needed_are_missed) {
    BOOST_TEST(complaint([] { read({}).required("--to"); }) == "--to is required");
}

BOOST_AUTO_TEST_SUITE_END()
