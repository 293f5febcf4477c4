#pragma once

#include "common/async/deadline.hpp"
#include "common/store/delivery_store.hpp"
#include "worker/intake/store_clock.hpp"

#include <boost/asio/awaitable.hpp>

namespace otp {

// Asks the database for its time once; a moment without it is a moment without a database, so this
// waits for it. Throws exit_with at `at`.
boost::asio::awaitable<void> await_time(delivery_store& store, store_clock& clock, deadline at);

// Keeps the clock in step, for good.
boost::asio::awaitable<void> watch_time(delivery_store& store, store_clock& clock);

}  // namespace otp
