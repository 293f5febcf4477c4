#pragma once

#include <boost/system/result.hpp>

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace otp::http {

struct url {
    std::string scheme;  // "http" or "https"
    std::string host;    // a name in lower case or an IP literal, without brackets
    std::uint16_t port = 0;
    std::string target;  // path and query as written, at least "/"

    // As a Host field or an address wants it: "[::1]:8080"; the scheme's own port is left out.
    std::string authority() const;
    std::string origin() const { return scheme + "://" + authority(); }
};

struct url_fault {
    std::string text;  // what was wrong and what would be right; never quotes the URL's user part
};

// Absolute http and https URLs. Refused: another scheme, a user part, a fragment, a port outside 1
// to 65535, spaces and control characters.
boost::system::result<url, url_fault> parse_url(std::string_view text);

// "host:port", "[::1]:port"; the port may be 0.
struct host_and_port {
    std::string host;
    std::uint16_t port = 0;
};
std::optional<host_and_port> parse_host_and_port(std::string_view text);

}  // namespace otp::http
