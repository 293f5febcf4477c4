// Addresses as limits and ranges compare them.

#include "common/net/ip_address.hpp"

#include <boost/test/unit_test.hpp>

#include <string>

using namespace otp;

namespace {

std::string plain(const char* text) {
    return net::plain_address(boost::asio::ip::make_address(text)).to_string();
}

std::string client(const char* text) {
    return net::client_network(boost::asio::ip::make_address(text)).to_string();
}

}  // namespace

BOOST_AUTO_TEST_SUITE(an_ip_address)

BOOST_AUTO_TEST_CASE(is_the_same_in_both_ways_to_write_ipv4_and_on_every_link) {
    BOOST_TEST(plain("203.0.113.9") == "203.0.113.9");
    BOOST_TEST(plain("::ffff:203.0.113.9") == "203.0.113.9");
    BOOST_TEST(plain("2001:db8::5") == "2001:db8::5");
    BOOST_TEST(plain("fe80::1%1") == "fe80::1");
}

BOOST_AUTO_TEST_CASE(belongs_to_the_client_of_its_network_of_64_bits_but_of_ipv4_to_its_own) {
    BOOST_TEST(client("203.0.113.9") == "203.0.113.9");
    BOOST_TEST(client("::ffff:203.0.113.9") == "203.0.113.9");
    BOOST_TEST(client("2001:db8:1:2:3:4:5:6") == "2001:db8:1:2::");
    BOOST_TEST(client("2001:db8:1:2::") == "2001:db8:1:2::");
    BOOST_TEST(client("fe80::1%1") == "fe80::");
}

BOOST_AUTO_TEST_SUITE_END()
