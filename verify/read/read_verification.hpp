#pragma once

#include "common/http/server.hpp"
#include "common/store/verification_store.hpp"
#include "verify/auth/caller.hpp"

#include <boost/asio/awaitable.hpp>

namespace otp {

// GET /v1/verifications/{id}
boost::asio::awaitable<http::server_answer> read_verification(
    verification_store& store,
    const http::server_request& request,
    const caller& who
);

}  // namespace otp
