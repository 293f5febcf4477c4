#pragma once

#include "common/amqp/connection.hpp"
#include "common/async/deadline.hpp"
#include "common/core/secret.hpp"

#include <boost/asio/awaitable.hpp>

namespace otp {

// Returns once the database answers and its schema is not older than this program. Throws exit_with
// unavailable at `at`, configuration where the schema is older.
boost::asio::awaitable<void> wait_for_database(const secret& conninfo, deadline at);

// Returns once the broker is there and has what is published to. Throws exit_with unavailable at
// `at`.
boost::asio::awaitable<void> wait_for_broker(amqp::connection& broker, deadline at);

}  // namespace otp
