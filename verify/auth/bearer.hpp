#pragma once

#include "common/store/key_store.hpp"

#include <optional>
#include <string_view>

namespace otp {

// The key of "Bearer KEY" (RFC 6750); the scheme's name in any case. Empty where there is none.
std::optional<std::string_view> bearer_key(std::string_view authorization);

// SHA-256 of the key's text, as api_key keeps it. Throws std::runtime_error where OpenSSL fails.
key_hash hash_key(std::string_view key);

}  // namespace otp
