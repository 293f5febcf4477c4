#pragma once

#include <chrono>
#include <optional>
#include <string_view>

namespace otp {

// A time as people write it: RFC 3339, or "10:14" and "10:14:31" in UTC, which is the last such
// moment before `now`. Empty for anything else.
std::optional<std::chrono::system_clock::time_point> parse_asked_time(
    std::string_view text,
    std::chrono::system_clock::time_point now
);

}  // namespace otp
