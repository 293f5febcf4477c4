#pragma once

#include "common/core/uuid.hpp"
#include "common/postgres/connection.hpp"
#include "ctl/status/support_case.hpp"

#include <boost/asio/awaitable.hpp>

#include <optional>
#include <string>

namespace otp {

// Whom a question is about.
struct support_question {
    std::optional<uuid> id;  // of a request or a verification; else
    std::string number;      // E.164
    std::optional<std::string> tenant;
    std::optional<wall_time> from;  // else the last 24 hours by the database's clock
    std::optional<wall_time> to;
    int limit = 20;  // newest requests
};

// All that role otp_auditor may see about it. Throws exit_with.
boost::asio::awaitable<support_case> read_case(
    postgres::connection& database,
    const support_question& about
);

}  // namespace otp
