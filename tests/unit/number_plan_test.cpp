#include "common/phone/digit_automaton.hpp"
#include "common/phone/number_plan.hpp"

#include <boost/test/unit_test.hpp>

#include <phonenumbers/phonenumber.pb.h>
#include <phonenumbers/phonenumberutil.h>

#include <cstddef>
#include <map>
#include <random>
#include <regex>
#include <set>
#include <string>
#include <vector>

using namespace otp;

namespace {

namespace library = i18n::phonenumbers;
using number_type = library::PhoneNumberUtil::PhoneNumberType;

// What may stand in an error message of a test: numbers are made up here.
std::string told(const std::string& text) {
    return "number " + text;
}

// From an example of each kind in each region, by changing some of its last digits, and its length.
std::vector<std::string> made_up_numbers(std::size_t from_each) {
    const auto& util = *library::PhoneNumberUtil::GetInstance();
    std::set<std::string> regions;
    util.GetSupportedRegions(&regions);
    std::mt19937 random(20261128);
    std::vector<std::string> numbers;
    const auto vary = [&](const library::PhoneNumber& example) {
        std::string text;
        util.Format(example, library::PhoneNumberUtil::E164, &text);
        numbers.push_back(text);
        for (std::size_t i = 0; i < from_each; ++i) {
            std::string other = text;
            const std::size_t changed = 1 + random() % (other.size() - 3);
            for (std::size_t place = other.size() - changed; place < other.size(); ++place)
                other[place] = static_cast<char>('0' + random() % 10);
            if (random() % 10 == 0)
                other.pop_back();
            if (random() % 10 == 0)
                other.push_back('7');
            numbers.push_back(other);
        }
    };
    for (const auto& region : regions)
        for (int type = 0; type <= static_cast<int>(number_type::VOICEMAIL); ++type) {
            library::PhoneNumber example;
            if (util.GetExampleNumberForType(region, static_cast<number_type>(type), &example))
                vary(example);
        }
    for (const int code : {800, 808, 870, 878, 881, 882, 883, 888, 979}) {
        library::PhoneNumber example;
        if (util.GetExampleNumberForNonGeoEntity(code, &example))
            vary(example);
    }
    return numbers;
}

}  // namespace

// The library is asked about every number with a space in it; from_e164() asks the tables first.
BOOST_AUTO_TEST_CASE(tables_and_library_say_the_same_of_every_number) {
    std::size_t valid = 0;
    std::size_t by_tables = 0;
    std::map<std::string, std::size_t> left_to_library;
    for (const auto& text : made_up_numbers(12)) {
        const auto asked = phone_number::from_text(text.substr(0, 2) + " " + text.substr(2), "");
        const auto found = phone_number::from_e164(text);
        const bool is_e164 = asked && asked->e164() == text;
        BOOST_REQUIRE_MESSAGE(found.has_value() == is_e164, told(text));
        if (!is_e164)
            continue;
        BOOST_REQUIRE_MESSAGE(found->region() == asked->region(), told(text));
        BOOST_REQUIRE_MESSAGE(found->kind() == asked->kind(), told(text));
        ++valid;
        const bool in_tables = find_in_plan(text).has_value();
        by_tables += in_tables;
        if (!in_tables)
            ++left_to_library[asked->region()];
    }
    BOOST_TEST(valid > 5000u);
    // Else they would be of little use. What is left are small islands where the library rewrites
    // numbers that begin like local ones.
    BOOST_TEST(by_tables > valid * 95 / 100);
    BOOST_TEST_MESSAGE(by_tables << " of " << valid << " valid numbers were found by the tables");
    for (const auto& [region, count] : left_to_library)
        BOOST_TEST_MESSAGE("left to the library, " << region << ": " << count);
}

BOOST_AUTO_TEST_CASE(a_number_that_is_not_valid_is_left_to_the_library) {
    for (const char* text : {"+14150000000", "+1", "+", "+999123456789", "+441", "+11234567890"})
        BOOST_TEST(!find_in_plan(text), text);
}

BOOST_AUTO_TEST_CASE(an_automaton_matches_what_a_regular_expression_does) {
    const std::string patterns[] = {
        "2(?:0[1-35-9]|1[02-9])[2-9]\\d{2,4}",
        "7(?:[45]\\d|7[0-8])\\d{2}|800",
        "(?:[2-467]|80)\\d{3}",
        "9?(?:1[1-3]|2{2})0{0,2}",
        "\\d{4}"};
    std::mt19937 random(1);
    for (const auto& pattern : patterns) {
        const auto made = digit_automaton::compile(pattern);
        BOOST_REQUIRE(made);
        const std::regex oracle(pattern);
        for (int i = 0; i < 20000; ++i) {
            std::string text;
            for (auto size = random() % 9; size > 0; --size)
                text.push_back(static_cast<char>('0' + random() % 10));
            if (random() % 2 == 0)
                text = "2" + text;
            BOOST_REQUIRE_MESSAGE(made->matches(text) == std::regex_match(text, oracle), text);
        }
    }
}

BOOST_AUTO_TEST_CASE(the_lengths_at_which_the_start_of_a_text_matches_are_told) {
    const auto prefix = digit_automaton::compile("0(?:11)?|1");
    BOOST_REQUIRE(prefix);
    BOOST_TEST(prefix->starts("0112") == (1u << 1 | 1u << 3));
    BOOST_TEST(prefix->starts("19") == 1u << 1);
    for (const char* text : {"", "2", "90"})
        BOOST_TEST(prefix->starts(text) == 0u, text);
    const auto may_be_empty = digit_automaton::compile("(?:15)?");
    BOOST_REQUIRE(may_be_empty);
    BOOST_TEST(may_be_empty->starts("14") == 0u);
}

BOOST_AUTO_TEST_CASE(what_is_no_pattern_of_digits_is_refused) {
    for (const char* pattern :
         {"(", "[1", "1{2", "1{3,2}", "a", "1*", "1)", "[3-1]", "\\w", "1{999}"})
        BOOST_TEST(!digit_automaton::compile(pattern), pattern);
}
