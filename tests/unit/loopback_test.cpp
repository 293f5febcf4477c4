// Which hosts are the machine itself.

#include "common/net/loopback.hpp"

#include <boost/test/unit_test.hpp>

using namespace otp;

BOOST_AUTO_TEST_SUITE(the_machine_itself)

BOOST_AUTO_TEST_CASE(is_localhost_and_every_address_of_loopback) {
    for (const auto* host : {"localhost", "127.0.0.1", "127.8.9.10", "::1"})
        BOOST_TEST(net::is_loopback(host), host);
}

BOOST_AUTO_TEST_CASE(is_no_other_name_or_address) {
    for (const auto* host :
         {"", "0.0.0.0", "::", "10.0.0.1", "128.0.0.1", "localhost.example", "otp.example"})
        BOOST_TEST(!net::is_loopback(host), host);
}

BOOST_AUTO_TEST_SUITE_END()
