#pragma once

#include "common/http/server.hpp"
#include "verify/webhooks/receipt_recorder.hpp"
#include "verify/webhooks/receipt_secrets.hpp"

#include <boost/asio/awaitable.hpp>

#include <cstddef>
#include <string>

namespace otp {

// What the webhook routes work with.
struct webhooks {
    receipt_recorder& receipts;
    const std::string& public_base;  // OTP_CALLBACK_URL
    const receipt_secrets& secrets;  // those of now: a reload replaces them
};

inline constexpr std::size_t most_webhook_bytes = 65536;

// A status callback for the attempt in the path. 204 once it is stored, also where the attempt is
// not known (yet); 403 where its signature is missing or wrong; 503 where it cannot be stored, so
// that it comes again.
boost::asio::awaitable<http::server_answer> twilio_webhook(
    webhooks& with,
    http::server_request& request
);

// Events of Gupshup's WhatsApp API. 200 once they are stored; 404 under a wrong secret; 503.
boost::asio::awaitable<http::server_answer> gupshup_webhook(
    webhooks& with,
    http::server_request& request
);

// Reports of Gupshup's SMS gateway, in the query or as a form. The same answers.
boost::asio::awaitable<http::server_answer> gupshup_sms_webhook(
    webhooks& with,
    http::server_request& request
);

}  // namespace otp
