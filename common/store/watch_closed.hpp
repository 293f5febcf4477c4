#pragma once

#include "common/store/limit_store.hpp"

#include <boost/asio/awaitable.hpp>

namespace otp {

// Keeps the policy's list of what the abuse budget has closed: read at once, then every 10 s, or at
// the sweep's interval where that is shorter. Where the database does not answer, the last list
// stands. Runs until cancelled.
boost::asio::awaitable<void> watch_closed(limit_store& store, send_policy& policy);

}  // namespace otp
