#pragma once

#include "common/amqp/connection.hpp"
#include "common/async/deadline.hpp"

#include <boost/asio/awaitable.hpp>

namespace otp {

// Returns once the broker is there and has what is published to. Throws exit_with unavailable at
// `at`.
boost::asio::awaitable<void> wait_for_broker(amqp::connection& broker, deadline at);

}  // namespace otp
