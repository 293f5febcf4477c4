#pragma once

#include <array>
#include <string_view>

namespace otp {

// As routes, pauses, rows and metrics name them. Twilio's own sends and its Verify product are two:
// each has lanes and a breaker of its own.
inline constexpr std::array<std::string_view, 3> provider_names{
    "twilio",
    "gupshup",
    "twilio_verify"};

}  // namespace otp
