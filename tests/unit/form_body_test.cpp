#include "worker/provider/endpoint.hpp"
#include "worker/provider/form_body.hpp"
#include "worker/provider/request_head.hpp"

#include <boost/test/unit_test.hpp>

#include <string>
#include <utility>
#include <vector>

using namespace otp;

namespace {

std::string form_of(std::vector<form_field> fields) {
    return std::string(encode_form(fields).reveal());
}

}  // namespace

BOOST_AUTO_TEST_SUITE(form_bodies)

BOOST_AUTO_TEST_CASE(fields_are_joined_in_order) {
    BOOST_TEST(form_of({}) == "");
    BOOST_TEST(form_of({{"a", "1"}}) == "a=1");
    BOOST_TEST(form_of({{"b", "2"}, {"a", ""}}) == "b=2&a=");
}

BOOST_AUTO_TEST_CASE(a_plus_never_stands_for_itself_and_a_blank_becomes_one) {
    BOOST_TEST(form_of({{"To", "whatsapp:+15552229999"}}) == "To=whatsapp%3A%2B15552229999");
    BOOST_TEST(form_of({{"Body", "a b+c"}}) == "Body=a+b%2Bc");
}

BOOST_AUTO_TEST_CASE(every_byte_outside_the_unreserved_ones_is_escaped_in_capitals) {
    const std::string unreserved =
        "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789*-._";
    BOOST_TEST(form_of({{"x", unreserved}}) == "x=" + unreserved);
    for (int byte = 0; byte < 256; ++byte) {
        const std::string one(1, static_cast<char>(byte));
        if (byte == ' ' || (byte != 0 && unreserved.find(one) != std::string::npos))
            continue;
        constexpr char hex[] = "0123456789ABCDEF";
        const std::string escaped{'%', hex[byte / 16], hex[byte % 16]};
        BOOST_TEST(form_of({{"x", one}}) == "x=" + escaped, byte);
    }
    BOOST_TEST(form_of({{"x", "\xe0\xa4\x85"}}) == "x=%E0%A4%85");
}

BOOST_AUTO_TEST_CASE(parts_are_joined_in_a_secret) {
    BOOST_TEST(join_secret({"a", "", "bc"}).reveal() == "abc");
    BOOST_TEST(join_secret({}).empty());
}

BOOST_AUTO_TEST_SUITE_END()

BOOST_AUTO_TEST_SUITE(head_lines)

// RFC 7617, section 2.
BOOST_AUTO_TEST_CASE(basic_authorization_is_base64_of_user_and_password) {
    BOOST_TEST(
        basic_authorization("Aladdin", "open sesame").reveal() ==
        "Authorization: Basic QWxhZGRpbjpvcGVuIHNlc2FtZQ=="
    );
    BOOST_TEST(basic_authorization("a", "b").reveal() == "Authorization: Basic YTpi");
}

BOOST_AUTO_TEST_SUITE_END()

BOOST_AUTO_TEST_SUITE(endpoints)

BOOST_AUTO_TEST_CASE(a_url_is_split_into_origin_and_path) {
    struct row {
        std::string url, origin, path;
    };
    const row rows[] = {
        {"https://api.twilio.com", "https://api.twilio.com", ""},
        {"https://api.twilio.com/", "https://api.twilio.com", ""},
        {"http://127.0.0.1:4010/wa/api", "http://127.0.0.1:4010", "/wa/api"},
        {"http://[::1]:4010/a//", "http://[::1]:4010", "/a"},
    };
    for (const row& r : rows) {
        const auto found = parse_endpoint(r.url);
        BOOST_REQUIRE_MESSAGE(found.has_value(), r.url);
        BOOST_TEST(found->origin == r.origin);
        BOOST_TEST(found->path == r.path);
    }
}

BOOST_AUTO_TEST_CASE(a_url_that_could_break_a_request_is_refused) {
    for (const std::string url :
         {"",
          "api.twilio.com",
          "ftp://a",
          "https://",
          "https:///path",
          "https://:443",
          "https://user:pw@a",
          "https://a/b?c",
          "https://a/b#c",
          "https://a/b c",
          "https://a/b\r\nX: y",
          "https://a/\xc3\xa9"})
        BOOST_TEST(!parse_endpoint(url).has_value(), url);
}

BOOST_AUTO_TEST_SUITE_END()
