#include "worker/provider/request_head.hpp"

#include <boost/test/unit_test.hpp>

#include <string>
#include <string_view>

using namespace otp;

BOOST_AUTO_TEST_SUITE(head_lines)

BOOST_AUTO_TEST_CASE(parts_are_joined_in_a_secret) {
    BOOST_TEST(join_secret({"a", "", "bc"}).reveal() == "abc");
    BOOST_TEST(join_secret({}).empty());
}

// RFC 7617, section 2.
BOOST_AUTO_TEST_CASE(basic_authorization_is_base64_of_user_and_password) {
    BOOST_TEST(
        basic_authorization("Aladdin", "open sesame").reveal() ==
        "Authorization: Basic QWxhZGRpbjpvcGVuIHNlc2FtZQ=="
    );
    BOOST_TEST(basic_authorization("a", "b").reveal() == "Authorization: Basic YTpi");
}

BOOST_AUTO_TEST_CASE(the_head_of_a_form_ends_each_line_and_takes_a_credential_or_none) {
    constexpr std::string_view plain = "Content-Type: application/x-www-form-urlencoded\r\n"
                                       "Accept: application/json\r\n"
                                       "Accept-Charset: utf-8\r\n"
                                       "User-Agent: otp-worker/" OTP_VERSION "\r\n";
    BOOST_TEST(form_request_head({}).reveal() == plain);
    BOOST_TEST(form_request_head("apikey: k").reveal() == std::string(plain) + "apikey: k\r\n");
}

BOOST_AUTO_TEST_SUITE_END()
