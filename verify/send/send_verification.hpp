#pragma once

#include "verify/auth/caller.hpp"
#include "verify/send/send_request.hpp"
#include "verify/send/sender.hpp"

#include <boost/asio/awaitable.hpp>

namespace otp {

// POST /v1/verifications
boost::asio::awaitable<http::server_answer> send_verification(
    sender& sends,
    const send_defaults& defaults,
    http::server_request& request,
    const caller& who
);

// The 202: what was promised for `job`.
http::server_answer accepted_answer(const send_job& job, const stored_send& stored);

// The header where it is a trace context as W3C writes it.
std::optional<std::string> traceparent_of(const http::server_request& request);

}  // namespace otp
