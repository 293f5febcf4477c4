#pragma once

#include "verify/auth/caller.hpp"
#include "verify/check/checker.hpp"
#include "verify/older/older_request.hpp"

#include <boost/asio/awaitable.hpp>

namespace otp::older {

// POST /verify-otp: {phone_number, otp}, {to, code} or {phone_number, otp_code, purpose}. What was
// compared and refused takes the same time, whether a code was ever sent to that number or not.
boost::asio::awaitable<http::server_answer> verify_otp(
    checker& checks,
    const send_defaults& defaults,
    http::server_request& request,
    const caller& who
);

// POST /otp/verify: {phone_number, otp}; 404 for a number never asked for.
boost::asio::awaitable<http::server_answer> verify_plain_otp(
    checker& checks,
    verification_store& store,
    const send_defaults& defaults,
    http::server_request& request,
    const caller& who
);

}  // namespace otp::older
