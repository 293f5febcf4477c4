#pragma once

#include "common/core/secret.hpp"

#include <optional>
#include <string>
#include <string_view>

namespace otp {

// Text in which %XX stands for a byte (RFC 3986, 2.1). Nothing where a '%' is not followed by two
// hexadecimal digits, or means a NUL.
std::optional<std::string> percent_decoded(std::string_view text);
std::optional<secret> percent_decoded_secret(std::string_view text);  // no string holds a copy

}  // namespace otp
