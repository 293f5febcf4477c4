#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <string_view>

namespace otp {

// What parse_rfc3339 takes, for whoever gave something else.
inline constexpr std::string_view rfc3339_rule =
    "a time such as 2026-11-20T10:15:30Z (RFC 3339) of the years 1678 to 2261";

// A date and time with its offset from UTC, as RFC 3339 writes it: "2026-11-20T10:15:30.25Z",
// "2026-11-20t11:15:30+01:00". A fraction may have any number of digits, what is finer than a
// nanosecond is cut off; second 60 is the first of the next minute. Empty for anything else, and
// for years outside 1678 to 2261, which do not fit in system_clock.
std::optional<std::chrono::system_clock::time_point> parse_rfc3339(std::string_view text);

// In UTC with "Z" and three digits of a second, or nine where three would lose something.
std::string format_rfc3339(std::chrono::system_clock::time_point time);

}  // namespace otp
