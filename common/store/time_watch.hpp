#pragma once

#include "common/async/deadline.hpp"
#include "common/postgres/pool.hpp"
#include "common/store/store_clock.hpp"

#include <boost/asio/awaitable.hpp>

namespace otp {

// Asks the database for its time once; a moment without it is a moment without a database, so this
// waits for it. Throws exit_with at `at`.
boost::asio::awaitable<void> await_time(postgres::pool& database, store_clock& clock, deadline at);

// Keeps the clock in step, for good. A database that stops telling its time is warned of once,
// until it has told it again.
boost::asio::awaitable<void> watch_time(postgres::pool& database, store_clock& clock);

}  // namespace otp
