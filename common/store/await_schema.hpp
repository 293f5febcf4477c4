#pragma once

#include "common/async/deadline.hpp"
#include "common/core/secret.hpp"

#include <boost/asio/awaitable.hpp>

#include <string>

namespace otp {

// Returns once the database answers and its schema is not older than this program. Throws
// exit_with: `unavailable` where it did not answer until `at`, `configuration` where the schema is
// older. `program` is shown in pg_stat_activity.
boost::asio::awaitable<void> await_schema(
    const secret& database_url,
    const std::string& program,
    deadline at
);

}  // namespace otp
