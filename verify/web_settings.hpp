#pragma once

#include "common/config/settings.hpp"
#include "common/http/client_address.hpp"
#include "common/http/cors.hpp"
#include "common/http/server.hpp"

#include <cstddef>
#include <string>
#include <vector>

namespace otp {

// How otp-verify meets the network, beside the address it listens on.
struct web_settings {
    std::string certificate_file;  // both or neither: HTTPS or HTTP
    std::string key_file;
    bool reuse_port = true;
    http::allowed_origins origins;                     // of pages that may call the API
    std::vector<http::address_range> trusted_proxies;  // whose X-Forwarded-For is believed
    bool limit_peer_address = false;                   // sends by the older routes, an hour
    std::size_t connections_of_address = 256;          // but for trusted proxies
    bool bounds_loopback = false;                      // who named the bound means everybody
};

// Adds everything wrong to the faults of `from`; reads certificate and key to see whether they fit.
web_settings read_web_settings(settings& from);

// What the server is told by them; every answer gets its usual headers.
http::server_options server_options_of(const web_settings& from);

}  // namespace otp
