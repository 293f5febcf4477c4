#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <string_view>

namespace otp::sandbox {

// 2026-11-20T10:15:30.250Z
std::string rfc3339(std::chrono::system_clock::time_point at);

// Fri, 20 Nov 2026 10:15:30 +0000, as Twilio's v2010 resources write it.
std::string rfc2822(std::chrono::system_clock::time_point at);

// A span of time: [from, to).
struct time_span {
    std::chrono::system_clock::time_point from;
    std::chrono::system_clock::time_point to;
};

// 2026-11-20 is that day in UTC, 2026-11-20T10:15:30Z that second. Anything else is empty.
std::optional<time_span> read_date(std::string_view text);

}  // namespace otp::sandbox
