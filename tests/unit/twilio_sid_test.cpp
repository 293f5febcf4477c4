#include "common/provider/twilio_sid.hpp"

#include <boost/test/unit_test.hpp>

#include <string>

using namespace otp;

BOOST_AUTO_TEST_SUITE(a_twilio_sid)

const std::string digits = "0123456789abcdef0123456789ABCDEF";

BOOST_AUTO_TEST_CASE(is_its_kind_and_32_hexadecimal_digits) {
    BOOST_TEST(is_twilio_sid("SM" + digits, "SM"));
    BOOST_TEST(!is_twilio_sid("MM" + digits, "SM"));
    BOOST_TEST(!is_twilio_sid("sm" + digits, "SM"));
    BOOST_TEST(!is_twilio_sid("SM" + digits + "0", "SM"));
    BOOST_TEST(!is_twilio_sid("SM" + digits.substr(1), "SM"));
    BOOST_TEST(!is_twilio_sid("SM" + digits.substr(1) + "g", "SM"));
    BOOST_TEST(!is_twilio_sid("", "SM"));
}

BOOST_AUTO_TEST_SUITE_END()
