#pragma once

#include <optional>
#include <string_view>

namespace otp {

// The key of "Bearer KEY" (RFC 6750); the scheme's name in any case. Empty where there is none.
std::optional<std::string_view> bearer_key(std::string_view authorization);

}  // namespace otp
