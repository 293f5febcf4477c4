#pragma once

#include "common/phone/phone_number.hpp"
#include "verify/auth/caller.hpp"
#include "verify/send/send_request.hpp"
#include "verify/send/sender.hpp"

#include <boost/asio/awaitable.hpp>

#include <optional>
#include <string>
#include <string_view>

namespace otp::older {

// TEST_PHONE_NUMBER, as written and as read; empty where it is not set.
struct test_number {
    std::string written;
    std::optional<phone_number> number;
};

// GET /api/v1/messaging/test-twilio: a text to that number, the usual way, and the SID that the
// provider gave it. 400 where there is no such number, 502 where the text was not sent, 504 where
// nothing is known after 20 s.
boost::asio::awaitable<http::server_answer> send_test_text(
    sender& sends,
    verification_store& store,
    const send_defaults& defaults,
    const test_number& to,
    const http::server_request& request,
    const caller& who,
    std::optional<std::string> client_ip
);

// What a verification's status says of one request.
struct text_progress {
    std::string sid;     // of the attempt that a provider took; empty: none did yet
    std::string reason;  // why no text follows; empty: one may
};
text_progress read_progress(std::string_view status, std::string_view request_id);

}  // namespace otp::older
