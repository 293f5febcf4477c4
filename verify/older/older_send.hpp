#pragma once

#include "verify/auth/caller.hpp"
#include "verify/older/older_request.hpp"
#include "verify/send/sender.hpp"

#include <boost/asio/awaitable.hpp>

#include <optional>
#include <string>

namespace otp::older {

// POST /send-otp and /resend-otp: {phone_number} or {to, channel}, and purpose. Both are a send: a
// resend without a send before it is one, and a send after another is a resend. `client_ip` is whom
// the hourly limit counts; empty: nobody.
boost::asio::awaitable<http::server_answer> send_otp(
    sender& sends,
    const send_defaults& defaults,
    http::server_request& request,
    const caller& who,
    std::optional<std::string> client_ip
);

// POST /otp/generate: {phone_number}.
boost::asio::awaitable<http::server_answer> generate_otp(
    sender& sends,
    const send_defaults& defaults,
    http::server_request& request,
    const caller& who,
    std::optional<std::string> client_ip
);

// The 200, with the number as the client wrote it.
http::server_answer sent_answer(std::string_view written, const stored_send& stored);

}  // namespace otp::older
