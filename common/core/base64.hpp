#pragma once

#include "common/core/secret.hpp"

#include <string_view>

namespace otp {

// Base64 with padding, on one line (RFC 4648, section 4), as HTTP's Basic credentials and Twilio's
// signatures have it. A secret, as most of what is written so is one.
secret base64(std::string_view bytes);

}  // namespace otp
