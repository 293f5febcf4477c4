#pragma once

#include <string_view>

namespace otp {

// [a-z0-9][a-z0-9_.-]{0,63}: how tenants, purposes and templates are named.
bool is_short_name(std::string_view text);

}  // namespace otp
