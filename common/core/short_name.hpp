#pragma once

#include <string_view>

namespace otp {

// [a-z0-9][a-z0-9_.-]{0,63}: how tenants, purposes and templates are named.
bool is_short_name(std::string_view text);

// That rule in words.
inline constexpr std::string_view short_name_rule =
    "1 to 64 of a-z, 0-9, _ . - with a letter or digit first";

}  // namespace otp
