#include "common/http/codec/retry_after.hpp"

#include <boost/test/unit_test.hpp>

#include <optional>
#include <string>

using namespace otp::http;
using namespace std::chrono_literals;

namespace {

// Sun, 06 Nov 1994 08:49:37 GMT
constexpr std::chrono::system_clock::time_point then{784111777s};

std::optional<std::chrono::seconds> read(std::string_view text) {
    return parse_retry_after(text, then);
}

}  // namespace

BOOST_AUTO_TEST_SUITE(a_retry_after)

BOOST_AUTO_TEST_CASE(may_be_seconds) {
    BOOST_TEST((read("0") == 0s));
    BOOST_TEST((read("120") == 120s));
    BOOST_TEST((read("4294967295") == longest_retry_after));
}

BOOST_AUTO_TEST_CASE(of_more_seconds_than_fit_is_the_longest) {
    for (const char* many : {"4294967296", "18446744073709551616", "99999999999999999999999999"})
        BOOST_TEST((read(many) == longest_retry_after), many);
}

BOOST_AUTO_TEST_CASE(may_be_a_date) {
    BOOST_TEST((read("Sun, 06 Nov 1994 08:49:37 GMT") == 0s));
    BOOST_TEST((read("Sun, 06 Nov 1994 08:50:37 GMT") == 60s));
    BOOST_TEST((read("Mon, 07 Nov 1994 08:49:37 GMT") == 24h));
    BOOST_TEST((read("Wed, 29 Feb 2040 00:00:00 GMT").value() > 24h));
    BOOST_TEST((parse_retry_after("Sun, 06 Nov 1994 08:50:37 GMT", then + 500ms).value() == 60s));
}

BOOST_AUTO_TEST_CASE(asks_for_no_wait_by_a_date_that_is_over) {
    BOOST_TEST((read("Sun, 06 Nov 1994 08:49:36 GMT") == 0s));
    BOOST_TEST((read("Sat, 01 Jan 0000 00:00:00 GMT") == 0s));
}

BOOST_AUTO_TEST_CASE(of_a_date_beyond_all_clocks_is_the_longest) {
    BOOST_TEST((read("Fri, 31 Dec 9999 23:59:59 GMT") == longest_retry_after));
}

BOOST_AUTO_TEST_CASE(of_anything_else_is_none) {
    for (const char* text :
         {"",
          "soon",
          "-1",
          "+1",
          "1.5",
          "1 s",
          "Sun, 06 Nov 1994 08:49:37",
          "Sun, 06 Nov 1994 08:49:37 UTC",
          "Sun, 06 nov 1994 08:49:37 GMT",
          "Sun, 06 ovD 1994 08:49:37 GMT",
          "Sun, 31 Nov 1994 08:49:37 GMT",
          "Sun, 00 Nov 1994 08:49:37 GMT",
          "Sun, 06 Nov 1994 24:00:00 GMT",
          "Sun, 06 Nov 1994 08:60:37 GMT",
          "Sunday, 06-Nov-94 08:49:37 GMT",
          "Sun Nov  6 08:49:37 1994",
          "1994-11-06T08:49:37Z"})
        BOOST_TEST(!read(text).has_value(), text);
}

BOOST_AUTO_TEST_SUITE_END()
