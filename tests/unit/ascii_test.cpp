#include "common/core/ascii.hpp"

#include <boost/test/unit_test.hpp>

using namespace otp;

BOOST_AUTO_TEST_SUITE(ascii_text)

BOOST_AUTO_TEST_CASE(has_ten_digits_and_fifty_two_letters) {
    std::string digits;
    std::string letters;
    for (int byte = 0; byte < 256; ++byte) {
        const char c = static_cast<char>(byte);
        if (is_digit(c))
            digits += c;
        if (is_letter(c))
            letters += c;
        BOOST_TEST(is_alphanumeric(c) == (is_digit(c) || is_letter(c)));
    }
    BOOST_TEST(digits == "0123456789");
    BOOST_TEST(letters == "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz");
}

BOOST_AUTO_TEST_CASE(in_lower_case_changes_the_capitals_of_ascii_alone) {
    BOOST_TEST(lower_case("AZaz09_@[\\`{ Ä") == "azaz09_@[\\`{ Ä");
    BOOST_TEST(lower_case("") == "");
}

BOOST_AUTO_TEST_CASE(is_compared_without_regard_to_case) {
    BOOST_TEST(equals_ignoring_case("Content-LENGTH", "content-length"));
    BOOST_TEST(equals_ignoring_case("", ""));
    BOOST_TEST(!equals_ignoring_case("chunke", "chunked"));
    BOOST_TEST(!equals_ignoring_case("[", "{"));  // 32 apart, as letters are, and no letters
    BOOST_TEST(!equals_ignoring_case("Ä", "ä"));
}

BOOST_AUTO_TEST_CASE(begins_with_a_word_in_any_case) {
    BOOST_TEST(starts_with_ignoring_case("BEARER abc", "bearer "));
    BOOST_TEST(starts_with_ignoring_case("bearer ", "Bearer "));
    BOOST_TEST(starts_with_ignoring_case("any", ""));
    BOOST_TEST(!starts_with_ignoring_case("bearer", "bearer "));
    BOOST_TEST(!starts_with_ignoring_case("a bearer ", "bearer "));
}

BOOST_AUTO_TEST_CASE(is_trimmed_at_both_ends_and_nowhere_else) {
    BOOST_TEST(trimmed(" \t a\tb  ") == "a\tb");
    BOOST_TEST(trimmed("a") == "a");
    BOOST_TEST(trimmed(" \t ") == "");
    BOOST_TEST(trimmed("") == "");
    BOOST_TEST(trimmed("\r\na\n") == "\r\na\n");
    BOOST_TEST(trimmed("\r\n a\n", " \t\r\n") == "a");
    BOOST_TEST(trimmed(" \ta ", " ") == "\ta");
}

BOOST_AUTO_TEST_SUITE_END()
