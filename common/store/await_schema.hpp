#pragma once

#include "common/async/deadline.hpp"
#include "common/core/secret.hpp"

#include <boost/asio/awaitable.hpp>

#include <string_view>

namespace otp {

// A program, and what tells its role in the database from that of another program.
struct schema_user {
    std::string_view program;   // shown in pg_stat_activity
    std::string_view role;      // that DATABASE_URL is to log in as
    std::string_view function;  // of schema otp; only this program's role may execute it
};

// Returns once the database answers, its schema is not older than this program, and who logs in has
// the rights of `of`. Throws exit_with: `unavailable` where the database did not answer until `at`,
// `configuration` where the schema is older or the rights are missing.
boost::asio::awaitable<void> await_schema(const secret& database_url, schema_user of, deadline at);

// Throws exit_with `configuration`, with the command to run, where schema version `found` is older
// than this program.
void require_schema(int found);

}  // namespace otp
