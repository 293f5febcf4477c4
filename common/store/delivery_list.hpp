#pragma once

#include "common/async/deadline.hpp"
#include "common/postgres/pool.hpp"

#include <boost/asio/awaitable.hpp>

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>

namespace otp {

// Which deliveries to list; what is empty excludes none.
struct delivery_filter {
    std::optional<std::string> status;
    std::optional<std::string> provider;
    std::optional<std::string> purpose;
    std::optional<std::string> user;
    std::optional<std::string> to;  // E.164
    std::optional<std::chrono::system_clock::time_point> created_after;
    std::optional<std::chrono::system_clock::time_point> created_before;
    std::int32_t limit = 50;
    std::optional<std::string> cursor;  // next_cursor of the page before
};

// JSON {items, next_cursor}, newest first. A server error 22023 means that the cursor is none.
boost::asio::awaitable<postgres::result<std::string>> list_deliveries(
    postgres::pool& database,
    const std::string& tenant,
    const delivery_filter& filter,
    deadline at
);

}  // namespace otp
