#pragma once

#include "common/core/secret.hpp"
#include "common/http/url.hpp"

#include <boost/system/result.hpp>

#include <cstdint>
#include <string>
#include <string_view>

namespace otp::http {

// The way out of a network that lets only a proxy leave: it is asked to connect us with an origin
// (CONNECT; RFC 9110, 9.3.6), and TLS goes through it unread.
struct proxy {
    std::string host;
    std::uint16_t port = 0;
    secret credentials;  // of Basic, as they are written; empty: none are asked for

    // "host:port", for messages.
    std::string place() const;
};

// http://host:port, or http://user:password@host:port with both percent-encoded.
boost::system::result<proxy, url_fault> parse_proxy(std::string_view text);

// What asks for the way to `origin`, up to the empty line.
secret connect_request(const proxy& by, const url& origin);

}  // namespace otp::http
