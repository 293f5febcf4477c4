#pragma once

#include "verify/auth/caller.hpp"
#include "verify/send/send_request.hpp"
#include "verify/send/sender.hpp"

#include <boost/asio/awaitable.hpp>

namespace otp {

// POST /v1/verifications/{id}/resend
boost::asio::awaitable<http::server_answer> resend_verification(
    sender& sends,
    postgres::pool& database,
    const send_defaults& defaults,
    http::server_request& request,
    const caller& who
);

// Why a verification that is settled with `status` has no resend.
problem settled_before_resend(std::string_view status);

}  // namespace otp
