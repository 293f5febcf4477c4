#include "common/http/peer_counts.hpp"

#include <boost/test/unit_test.hpp>

using boost::asio::ip::make_address;
using otp::http::peer_counts;

BOOST_AUTO_TEST_SUITE(the_connections_of_a_client)

BOOST_AUTO_TEST_CASE(are_as_many_as_it_may_have_and_others_have_their_own) {
    peer_counts open;
    const auto one = make_address("192.0.2.1");
    BOOST_TEST(open.enter(one, 2));
    BOOST_TEST(open.enter(one, 2));
    BOOST_TEST(!open.enter(one, 2));
    BOOST_TEST(open.enter(make_address("192.0.2.2"), 2));
    open.leave(one);
    BOOST_TEST(open.enter(one, 2));
    BOOST_TEST(!open.enter(one, 2));
}

BOOST_AUTO_TEST_CASE(are_forgotten_when_the_last_one_ends) {
    peer_counts open;
    const auto one = make_address("192.0.2.1");
    BOOST_TEST(!open.enter(one, 0));
    BOOST_TEST(open.empty());
    open.enter(one, 1);
    open.leave(one);
    BOOST_TEST(open.empty());
}

BOOST_AUTO_TEST_CASE(are_counted_together_for_an_ipv6_network_and_for_both_ways_to_write_ipv4) {
    peer_counts open;
    BOOST_TEST(open.enter(make_address("2001:db8:0:1::1"), 1));
    BOOST_TEST(!open.enter(make_address("2001:db8:0:1:ffff::2"), 1));
    BOOST_TEST(open.enter(make_address("2001:db8:0:2::1"), 1));
    BOOST_TEST(open.enter(make_address("192.0.2.1"), 1));
    BOOST_TEST(!open.enter(make_address("::ffff:192.0.2.1"), 1));
    BOOST_TEST(open.enter(make_address("::ffff:192.0.2.2"), 1));
}

BOOST_AUTO_TEST_SUITE_END()
