#pragma once

#include "verify/auth/caller.hpp"
#include "verify/older/older_request.hpp"
#include "verify/send/sender.hpp"

#include <boost/asio/awaitable.hpp>

#include <optional>
#include <string>

namespace otp::older {

// How one of those services words the end of a send; the number is given as the client wrote it.
struct send_answers {
    http::server_answer (*sent)(std::string_view written, const stored_send& stored);
    http::server_answer (*refused)(const problem& why);
};

extern const send_answers full_answers;   // POST /send-otp and /resend-otp
extern const send_answers plain_answers;  // POST /otp/generate

// {phone_number} or {to, channel}, and purpose. Every route is a send: a resend without a send
// before it is one, and a send after another is a resend. `client_ip` is whom the hourly limit
// counts; empty: nobody.
boost::asio::awaitable<http::server_answer> send_otp(
    sender& sends,
    const send_defaults& defaults,
    http::server_request& request,
    const caller& who,
    std::optional<std::string> client_ip,
    const send_answers& answers
);

}  // namespace otp::older
