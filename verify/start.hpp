#pragma once

#include "common/amqp/connection.hpp"
#include "common/async/deadline.hpp"
#include "common/postgres/pool.hpp"

#include <boost/asio/awaitable.hpp>

namespace otp {

// Connects all sessions of `database` that there is room for. Those that are missing are warned of
// and waited for no longer: requests make do with the others.
boost::asio::awaitable<void> open_sessions(postgres::pool& database, deadline at);

// Returns once the broker is there; throws exit_with unavailable at `at`. What is published to is
// declared then, if it can be: where it cannot, the log says so and the program starts all the
// same, as its user of the broker may be one who declares nothing (docs/scale.md).
boost::asio::awaitable<void> wait_for_broker(amqp::connection& broker, deadline at);

}  // namespace otp
