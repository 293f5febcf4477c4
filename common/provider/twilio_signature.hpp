#pragma once

#include "common/http/form.hpp"

#include <string>
#include <string_view>

namespace otp {

// The value of X-Twilio-Signature for a form posted to `url`: base64 of HMAC-SHA-1, keyed with the
// account's auth token, over the URL and then each distinct pair, sorted by name and value, name
// and value run together. `url` is byte for byte what the sender was given, without its fragment.
// For a body that is no form `parameters` is empty.
// https://www.twilio.com/docs/usage/webhooks/webhooks-security
std::string twilio_signature(
    std::string_view auth_token,
    std::string_view url,
    const http::form& parameters
);

}  // namespace otp
