#pragma once

#include "common/http/server.hpp"
#include "common/postgres/pool.hpp"
#include "verify/auth/caller.hpp"

#include <boost/asio/awaitable.hpp>

#include <string>

namespace otp {

// GET /v1/deliveries; numbers without + are read in `region`.
boost::asio::awaitable<http::server_answer> list_deliveries(
    postgres::pool& database,
    const std::string& region,
    const http::server_request& request,
    const caller& who
);

}  // namespace otp
