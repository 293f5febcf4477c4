#pragma once

#include <chrono>
#include <optional>
#include <string_view>

namespace otp::http {

// What more seconds than these are taken for: 136 years.
inline constexpr std::chrono::seconds longest_retry_after{4294967295};

// How long a Retry-After field asks to wait from `now` on (RFC 9110, 10.2.3): seconds, or a date as
// "Sun, 06 Nov 1994 08:49:37 GMT"; zero for a date that is over. Empty for anything else, the two
// obsolete forms of a date among it.
std::optional<std::chrono::seconds> parse_retry_after(
    std::string_view text,
    std::chrono::system_clock::time_point now
);

}  // namespace otp::http
