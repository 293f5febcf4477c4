#pragma once

#include "common/amqp/url.hpp"
#include "common/config/settings.hpp"
#include "common/core/secret.hpp"

#include <chrono>
#include <string>
#include <string_view>
#include <vector>

namespace otp {

// The two servers that every program of ours talks to.
struct server_settings {
    std::vector<amqp::broker> brokers;  // of AMQP_URL
    secret database_url;
    std::string amqp_ca_file;  // empty: the system's
    std::chrono::seconds startup_wait{60};
};

// Adds everything wrong to the faults of `from`.
server_settings read_server_settings(settings& from);

// A fault of that setting where its file of authorities cannot be used: whatever connects with it
// would throw, as for a bug. An empty one is the system's.
void check_authorities(settings& from, std::string_view name, const std::string& file);

}  // namespace otp
