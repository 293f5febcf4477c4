#pragma once

#include "common/amqp/connection.hpp"
#include "common/config/settings.hpp"
#include "common/postgres/connection.hpp"

#include <boost/asio/awaitable.hpp>

#include <functional>

namespace otp {

// Runs one coroutine to its end on an io_context of its own; what it throws is thrown here.
void run_to_end(std::function<boost::asio::awaitable<void>()> work);

// Connects with DATABASE_URL; throws exit_with unavailable where that fails within the start-up
// wait.
boost::asio::awaitable<postgres::connection> connect_database(settings& from);

// Options for AMQP_URL and AMQP_CA_FILE; throws exit_with configuration for a bad URL.
amqp::connection_options broker_options(settings& from);

// When the start-up wait is over.
deadline startup_end(settings& from);

// Throws exit_with configuration with all faults that reading settings has found.
void require_sound(const settings& from);

}  // namespace otp
