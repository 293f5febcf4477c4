#pragma once

#include "common/amqp/connection.hpp"
#include "common/config/program.hpp"
#include "common/config/settings.hpp"
#include "common/postgres/connection.hpp"

#include <boost/asio/awaitable.hpp>

#include <chrono>

namespace otp {

// DATABASE_URL; throws exit_with configuration where it is missing or is none.
secret database_url(settings& from);

// Connects with DATABASE_URL; throws exit_with unavailable where that fails within the start-up
// wait, configuration where the schema is older than this program.
boost::asio::awaitable<postgres::connection> connect_database(settings& from);

// The same, whatever the schema.
boost::asio::awaitable<postgres::connection> connect_to_migrate(settings& from);

// For a statement that looks at all rows of a table, or changes them.
inline constexpr std::chrono::minutes whole_table_limit{30};

// What a statement of the operator returned. Throws exit_with configuration with the server's
// words, and whom to log in as where it is for want of rights; unavailable where it gave no answer.
boost::asio::awaitable<postgres::rows> ask(
    postgres::connection& database,
    const postgres::statement& what,
    const postgres::params& with,
    std::chrono::seconds limit = std::chrono::seconds(30)
);

// unavailable where the server was lost or is going, configuration where it will say no again.
exit_code code_of(const postgres::error& failed);

// Options for AMQP_URL and AMQP_CA_FILE; throws exit_with configuration for a bad URL or file.
amqp::connection_options broker_options(settings& from);

// When the start-up wait is over; throws exit_with configuration, as require_sound does.
deadline startup_end(settings& from);

// Throws exit_with configuration with all faults that reading settings has found.
void require_sound(const settings& from);

}  // namespace otp
