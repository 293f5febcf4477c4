#pragma once

#include "verify/auth/caller.hpp"
#include "verify/check/approval.hpp"
#include "verify/check/checker.hpp"

#include <boost/asio/awaitable.hpp>

#include <string>

namespace otp {

// POST /v1/check; numbers without + are read in `region`.
boost::asio::awaitable<http::server_answer> check_by_number(
    checker& checks,
    const approval_issuer& issuer,
    const std::string& region,
    http::server_request& request,
    const caller& who
);

// POST /v1/verifications/{id}/check
boost::asio::awaitable<http::server_answer> check_by_id(
    checker& checks,
    const approval_issuer& issuer,
    http::server_request& request,
    const caller& who
);

// The 200 of a check that was compared; `extras` are those of a right code.
http::server_answer checked_answer(const check_verdict& verdict, const approval_extras& extras);

}  // namespace otp
