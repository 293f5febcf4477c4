#pragma once

#include "common/postgres/connection.hpp"

#include <boost/asio/awaitable.hpp>

#include <chrono>
#include <optional>
#include <string>

namespace otp::postgres {

struct connect_options {
    std::string application_name;  // shown in pg_stat_activity, unless the string names one

    // For each address; `connect_timeout` of the connection string comes first.
    std::chrono::milliseconds timeout = std::chrono::seconds(5);
};

// What is wrong with a connection string, for a check at start; empty where it can be used.
std::optional<std::string> conninfo_fault(const secret& conninfo);

// Connects by a libpq URI or "keyword=value" string. Its hosts, and all addresses of each, are
// tried in turn until one accepts us and meets target_session_attrs; the error tells what each of
// them said. Names are looked up here, because libpq would block.
boost::asio::awaitable<result<connection>> connect(
    const secret& conninfo,
    const connect_options& options,
    deadline at
);

}  // namespace otp::postgres
