#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace otp {

// Base64 with '-' and '_' and without padding (RFC 4648, section 5), as JOSE has it.
std::string base64url(std::string_view bytes);

// Empty for whatever base64url does not write: padding, other signs, bits left over that are set.
std::optional<std::string> base64url_decoded(std::string_view text);

}  // namespace otp
