#include "common/core/base64.hpp"

#include <boost/test/unit_test.hpp>

#include <string>
#include <utility>

using namespace otp;

BOOST_AUTO_TEST_SUITE(base64_text)

BOOST_AUTO_TEST_CASE(the_examples_of_the_rfc_are_written_with_padding) {
    // RFC 4648, section 10.
    const std::pair<const char*, const char*> examples[] = {
        {"", ""},
        {"f", "Zg=="},
        {"fo", "Zm8="},
        {"foo", "Zm9v"},
        {"foob", "Zm9vYg=="},
        {"fooba", "Zm9vYmE="},
        {"foobar", "Zm9vYmFy"}};
    for (const auto& [bytes, text] : examples)
        BOOST_TEST(base64(bytes).reveal() == text);
}

BOOST_AUTO_TEST_CASE(the_last_two_letters_are_plus_and_slash) {
    BOOST_TEST(base64("\xfb\xef\xff").reveal() == "++//");
}

BOOST_AUTO_TEST_CASE(a_long_text_stands_on_one_line) {
    const std::string bytes(300, '\0');
    BOOST_TEST(base64(bytes).reveal() == std::string(400, 'A'));
}

BOOST_AUTO_TEST_SUITE_END()
