#include "common/http/client_address.hpp"

#include <boost/test/data/test_case.hpp>
#include <boost/test/unit_test.hpp>

#include <ostream>
#include <string>

namespace data = boost::unit_test::data;
using namespace otp::http;

namespace {

struct hop_case {
    const char* peer;
    std::vector<const char*> forwarded;  // X-Forwarded-For fields, in wire order
    const char* client;
};
std::ostream& operator<<(std::ostream& out, const hop_case& c) {
    out << c.peer;
    for (const auto* field : c.forwarded)
        out << " | " << field;
    return out << " is " << c.client;
}

const std::vector<hop_case> hop_cases{
    // a stranger is believed nothing
    {"203.0.113.9", {}, "203.0.113.9"},
    {"203.0.113.9", {"198.51.100.1"}, "203.0.113.9"},
    // a proxy is believed what it saw itself
    {"10.0.0.1", {"198.51.100.1"}, "198.51.100.1"},
    {"10.0.0.1", {"1.2.3.4, 198.51.100.1"}, "198.51.100.1"},
    {"10.0.0.1", {"1.2.3.4, 198.51.100.1,  10.0.0.2"}, "198.51.100.1"},
    {"10.0.0.1", {"1.2.3.4", "198.51.100.1"}, "198.51.100.1"},
    {"192.0.2.7", {"198.51.100.1"}, "198.51.100.1"},
    {"192.0.2.8", {"198.51.100.1"}, "192.0.2.8"},
    // nobody stands behind the last proxy
    {"10.0.0.1", {}, "10.0.0.1"},
    {"10.0.0.1", {"10.0.0.2"}, "10.0.0.2"},
    // what is no address ends the walk
    {"10.0.0.1", {"1.2.3.4, unknown"}, "10.0.0.1"},
    {"10.0.0.1", {"1.2.3.4, "}, "10.0.0.1"},
    {"10.0.0.1", {"1.2.3.4, x, 10.0.0.2"}, "10.0.0.2"},
    {"10.0.0.1", {"[::1"}, "10.0.0.1"},
    // with a port, as some proxies write it
    {"10.0.0.1", {"198.51.100.1:4711"}, "198.51.100.1"},
    {"10.0.0.1", {"[2001:db8::5]:4711"}, "2001:db8::5"},
    {"10.0.0.1", {"2001:db8::5"}, "2001:db8::5"},
    // the same address in both families
    {"::ffff:10.0.0.1", {"::ffff:198.51.100.1"}, "198.51.100.1"},
    {"::ffff:203.0.113.9", {}, "203.0.113.9"},
    {"fd00::1", {"2001:db8::5"}, "2001:db8::5"},
    {"fe00::1", {"2001:db8::5"}, "fe00::1"},
    // the link is this host's affair
    {"fe80::1%1", {}, "fe80::1"},
};

std::vector<address_range> trusted() {
    std::vector<address_range> all;
    for (const auto* text : {"10.0.0.0/8", "192.0.2.7", "fd00::/8"})
        all.push_back(*address_range::parse(text));
    return all;
}

bool holds(const char* range, const char* address) {
    return address_range::parse(range)->holds(boost::asio::ip::make_address(address));
}

}  // namespace

BOOST_AUTO_TEST_SUITE(a_client_address)

BOOST_DATA_TEST_CASE(is_what_the_nearest_trusted_proxy_saw, data::make(hop_cases), row) {
    server_request request;
    request.peer = boost::asio::ip::make_address(row.peer);
    request.headers.emplace_back("host", "a");
    for (const auto* field : row.forwarded)
        request.headers.emplace_back("x-forwarded-for", field);
    BOOST_TEST(client_address(request, trusted()).to_string() == row.client);
}

BOOST_AUTO_TEST_CASE(is_the_peer_where_no_proxy_is_trusted) {
    server_request request;
    request.peer = boost::asio::ip::make_address("127.0.0.1");
    request.headers.emplace_back("x-forwarded-for", "198.51.100.1");
    BOOST_TEST(client_address(request, {}).to_string() == "127.0.0.1");
}

BOOST_AUTO_TEST_SUITE_END()

BOOST_AUTO_TEST_SUITE(an_address_range)

BOOST_AUTO_TEST_CASE(holds_the_addresses_of_its_prefix) {
    BOOST_TEST(holds("10.0.0.0/8", "10.255.255.255"));
    BOOST_TEST(holds("10.0.0.0/8", "10.0.0.0"));
    BOOST_TEST(!holds("10.0.0.0/8", "11.0.0.0"));
    BOOST_TEST(holds("192.0.2.128/25", "192.0.2.129"));
    BOOST_TEST(!holds("192.0.2.128/25", "192.0.2.127"));
    BOOST_TEST(holds("0.0.0.0/0", "203.0.113.9"));
    BOOST_TEST(!holds("0.0.0.0/0", "2001:db8::1"));
    BOOST_TEST(holds("2001:db8::/32", "2001:db8:ffff::1"));
    BOOST_TEST(!holds("2001:db8::/32", "2001:db9::1"));
    BOOST_TEST(holds("::1", "::1"));
    BOOST_TEST(!holds("::1", "::2"));
}

BOOST_AUTO_TEST_CASE(is_nothing_else_than_an_address_and_a_prefix) {
    for (const auto* text :
         {"",
          "10.0.0.0/33",
          "10.0.0.0/",
          "10.0.0.0/-1",
          "10.0.0.0/8x",
          "10.0.0/8",
          "proxy",
          "::/129"})
        BOOST_TEST(!address_range::parse(text), text);
}

BOOST_AUTO_TEST_SUITE_END()
