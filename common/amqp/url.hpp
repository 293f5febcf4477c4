#pragma once

#include "common/core/secret.hpp"

#include <boost/system/result.hpp>

#include <string>
#include <string_view>
#include <vector>

namespace otp::amqp {

// Where a broker is and who we are there.
struct broker {
    broker() {}
    broker clone() const;
    std::string address() const;  // "host:port", for messages

    std::string host;
    std::string port;
    std::string vhost = "/";
    std::string user = "guest";
    secret password{"guest"};
    bool tls = false;
};

std::vector<broker> clone(const std::vector<broker>& brokers);

// "amqp://user:password@host:port/vhost,amqps://…": tried in this order. User, password and vhost
// are percent-decoded, so a comma in one is written %2C; no vhost, or an empty one, is "/"; the
// port is 5672, or 5671 for amqps; an IPv6 address stands in brackets. The error names the address
// by its place in the list and shows nothing of it, for it may hold a password.
boost::system::result<std::vector<broker>, std::string> parse_urls(std::string_view list);

}  // namespace otp::amqp
