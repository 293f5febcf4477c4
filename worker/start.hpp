#pragma once

#include "common/amqp/connection.hpp"
#include "common/async/deadline.hpp"

#include <boost/asio/awaitable.hpp>

#include <string>

namespace otp {

// Exchanges and queues exist as the contract says; what is missing is declared. Throws exit_with:
// `unavailable` where the broker was not reached until `at`, `configuration` where a queue exists
// with other arguments.
boost::asio::awaitable<void> await_topology(
    amqp::connection& broker,
    const std::string& queue,
    deadline at
);

}  // namespace otp
