#pragma once

#include "common/http/form.hpp"
#include "verify/webhooks/provider_receipt.hpp"

#include <optional>
#include <string_view>

namespace otp {

// A status callback of Twilio Messages. Its fields vary by channel and grow without notice, so all
// but the message's id, status and error code are ignored. Empty where it names no message.
// https://www.twilio.com/docs/messaging/guides/track-outbound-message-status
std::optional<provider_receipt> read_twilio_receipt(const http::form& fields);

// The members of a JSON object that are texts or whole numbers, as a form would have them. Empty
// where it is no object.
std::optional<http::form> fields_of_json(std::string_view body);

}  // namespace otp
