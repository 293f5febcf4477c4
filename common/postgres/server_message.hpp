#pragma once

#include "common/postgres/error.hpp"

#include <string_view>

struct pg_result;

namespace otp::postgres {

// The error that a result of libpq carries, with the name of the statement it answers.
error server_error(const pg_result* got, std::string_view statement_name);

// What libpq says of a failed attempt to connect, on one line.
std::string connect_message(std::string_view message);

}  // namespace otp::postgres
