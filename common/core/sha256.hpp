#pragma once

#include <array>
#include <cstdint>
#include <string_view>

namespace otp {

using sha256_digest = std::array<std::uint8_t, 32>;

// Throws std::runtime_error where OpenSSL does not compute it. to_hex() writes it as text.
sha256_digest sha256(std::string_view bytes);

}  // namespace otp
