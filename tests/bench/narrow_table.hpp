#pragma once

#include "common/otp/code.hpp"
#include "common/postgres/connection.hpp"

#include <boost/asio/awaitable.hpp>

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <vector>

namespace otp::bench {

// A job as the probe knows it.
struct narrow_job {
    uuid id;
    std::int64_t number = 0;
    code_tag tag{};
    std::string sid;          // of the answer
    std::uint64_t place = 0;  // the broker's tag and subscription
    std::uint64_t epoch = 0;
};

// Rows that go into one statement; beyond some 50 nothing is to be gained.
inline constexpr std::size_t most_rows = 256;

// A session of DATABASE_URL, where narrow_tables.sql was run, whose plans are those of large
// tables.
boost::asio::awaitable<postgres::connection> connect_narrow();

// Each is one statement, one commit.
boost::asio::awaitable<void> store_intents(
    postgres::connection& on,
    const std::vector<narrow_job>& jobs
);
boost::asio::awaitable<void> store_outcomes(
    postgres::connection& on,
    const std::vector<narrow_job>& jobs
);

// A check of a code: who asks, and the tag of what was typed in.
struct narrow_check {
    std::int64_t number = 0;
    code_tag tag{};
};

// The numbers whose code was right, and is used from now on. No two of `checks` are for one number.
boost::asio::awaitable<std::vector<std::int64_t>> store_checks(
    postgres::connection& on,
    const std::vector<narrow_check>& checks
);

}  // namespace otp::bench
