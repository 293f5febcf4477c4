#pragma once

#include "common/amqp/connection.hpp"
#include "common/core/secret.hpp"

#include <boost/asio/awaitable.hpp>

#include <chrono>
#include <string>

// What a worker needs before it may consume. Each throws exit_with: `unavailable` where the server
// was not reached in time, `configuration` where it was and does not fit.
namespace otp {

// The database answers and its schema is at least as new as this program's.
boost::asio::awaitable<void> await_schema(const secret& database_url, deadline at);

// Exchanges and queues exist as the contract says; what is missing is declared.
boost::asio::awaitable<void> await_topology(
    amqp::connection& broker,
    const std::string& queue,
    deadline at
);

}  // namespace otp
