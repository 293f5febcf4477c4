#include "common/core/base64url.hpp"

#include <boost/test/unit_test.hpp>

using namespace otp;

BOOST_AUTO_TEST_SUITE(base64url_text)

BOOST_AUTO_TEST_CASE(the_examples_of_the_rfc_are_written_without_padding) {
    // RFC 4648, section 10.
    const std::pair<const char*, const char*> examples[] = {
        {"", ""},
        {"f", "Zg"},
        {"fo", "Zm8"},
        {"foo", "Zm9v"},
        {"foob", "Zm9vYg"},
        {"fooba", "Zm9vYmE"},
        {"foobar", "Zm9vYmFy"}};
    for (const auto& [bytes, text] : examples) {
        BOOST_TEST(base64url(bytes) == text);
        BOOST_TEST(base64url_decoded(text).value() == bytes);
    }
}

BOOST_AUTO_TEST_CASE(the_last_two_letters_are_those_of_urls) {
    BOOST_TEST(base64url("\xfb\xef\xff") == "--__");
    BOOST_TEST(base64url_decoded("--__").value() == "\xfb\xef\xff");
}

BOOST_AUTO_TEST_CASE(every_byte_comes_back) {
    std::string all;
    for (int byte = 0; byte < 256; ++byte)
        all += static_cast<char>(byte);
    BOOST_TEST(base64url_decoded(base64url(all)).value() == all);
}

BOOST_AUTO_TEST_CASE(what_is_not_written_so_is_not_read) {
    for (const auto* other : {"Zg==", "Zm8=", "Z", "Zm9vY", "Zh", "Zm9", "Zm 8", "Zm9v\n", "ab+/"})
        BOOST_TEST(!base64url_decoded(other).has_value(), other);
}

BOOST_AUTO_TEST_SUITE_END()
