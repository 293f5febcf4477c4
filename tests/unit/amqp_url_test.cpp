#include "common/amqp/url.hpp"

#include <boost/test/data/monomorphic.hpp>
#include <boost/test/data/test_case.hpp>
#include <boost/test/unit_test.hpp>

#include <ostream>

using namespace otp::amqp;

namespace {

struct good_url {
    std::string url, host, port, vhost, user, password;
    bool tls;
};
std::ostream& operator<<(std::ostream& out, const good_url& row) {
    return out << row.url;
}

const std::vector<good_url> good_urls{
    {"amqp://h", "h", "5672", "/", "guest", "guest", false},
    {"amqps://h", "h", "5671", "/", "guest", "guest", true},
    {"amqp://h:1/", "h", "1", "/", "guest", "guest", false},
    {"amqp://u:p@h:5673/v", "h", "5673", "v", "u", "p", false},
    {"amqp://u@h/v", "h", "5672", "v", "u", "guest", false},
    {"amqp://u:@h", "h", "5672", "/", "u", "", false},
    {"amqp://u:p@h/%2F", "h", "5672", "/", "u", "p", false},
    {"amqp://u%40x:p%3A%2C%2F@h/a%2fb", "h", "5672", "a/b", "u@x", "p:,/", false},
    {"amqp://u:p@@h", "h", "5672", "/", "u", "p@", false},
    {"amqps://u:p@[::1]:7/v", "::1", "7", "v", "u", "p", true},
    {"amqp://[fe80::1]", "fe80::1", "5672", "/", "guest", "guest", false},
};

struct bad_url {
    std::string url, rule;
};
std::ostream& operator<<(std::ostream& out, const bad_url& row) {
    return out << row.url;
}

const std::vector<bad_url> bad_urls{
    {"", "address 1: it must begin with amqp:// or amqps://"},
    {"http://h", "address 1: it must begin with amqp:// or amqps://"},
    {"amqp://h,", "address 2: it must begin with amqp:// or amqps://"},
    {"amqp://", "address 1: a host is missing"},
    {"amqp://u:p@:1", "address 1: a host is missing"},
    {"amqp://h:0", "address 1: a port is a number from 1 to 65535"},
    {"amqp://h:65536", "address 1: a port is a number from 1 to 65535"},
    {"amqp://h:5x", "address 1: a port is a number from 1 to 65535"},
    {"amqp://[::1]5672", "address 1: a port is a number from 1 to 65535"},
    {"amqp://[::1", "address 1: an IPv6 address ends with ']'"},
    {"amqp://u:%4@h", "address 1: user and password are text with %XX for other characters"},
    {"amqp://u:%zz@h", "address 1: user and password are text with %XX for other characters"},
    {"amqp://:p@h", "address 1: user and password are text with %XX for other characters"},
    {"amqp://u%00v:p@h", "address 1: user and password are text with %XX for other characters"},
    {"amqp://h/a/b", "address 1: the virtual host is one path segment; write a '/' in it as %2F"},
    {"amqp://h/%", "address 1: the virtual host is one path segment; write a '/' in it as %2F"},
    {"amqp://h/v?heartbeat=1",
     "address 1: no parameters are known; write a '?' or '#' as %3F or %23"},
};

}  // namespace

BOOST_AUTO_TEST_SUITE(broker_addresses)

BOOST_DATA_TEST_CASE(are_read_with_their_defaults, good_urls) {
    const auto parsed = parse_urls(sample.url);
    BOOST_REQUIRE(parsed.has_value());
    BOOST_REQUIRE(parsed->size() == 1U);
    const broker& b = parsed->front();
    BOOST_TEST(b.host == sample.host);
    BOOST_TEST(b.port == sample.port);
    BOOST_TEST(b.vhost == sample.vhost);
    BOOST_TEST(b.user == sample.user);
    BOOST_TEST(b.password.equals(sample.password));
    BOOST_TEST(b.tls == sample.tls);
}

BOOST_DATA_TEST_CASE(that_are_wrong_are_refused_with_the_rule_they_break, bad_urls) {
    const auto parsed = parse_urls(sample.url);
    BOOST_REQUIRE(parsed.has_error());
    BOOST_TEST(parsed.error() == sample.rule);
}

BOOST_AUTO_TEST_CASE(are_kept_in_the_order_given) {
    const auto parsed = parse_urls("amqp://a,amqps://b:7/v,amqp://c");
    BOOST_REQUIRE(parsed.has_value());
    BOOST_REQUIRE(parsed->size() == 3U);
    BOOST_TEST((*parsed)[0].address() == "a:5672");
    BOOST_TEST((*parsed)[1].address() == "b:7");
    BOOST_TEST((*parsed)[2].address() == "c:5672");
}

BOOST_AUTO_TEST_CASE(never_show_a_password_in_an_error) {
    for (const std::string url :
         {"amqp://u:hunter2@h:x", "amqp://u:hunter2%@h", "amqp://u:hunter2@h/a/b", "u:hunter2@h"}) {
        const auto parsed = parse_urls(url);
        BOOST_REQUIRE(parsed.has_error());
        BOOST_TEST(parsed.error().find("hunter2") == std::string::npos);
    }
}

BOOST_AUTO_TEST_SUITE_END()
