#include "ctl/status/asked_time.hpp"

#include "common/core/rfc3339.hpp"

#include <string>

namespace otp {

std::optional<std::chrono::system_clock::time_point> parse_asked_time(
    std::string_view text,
    std::chrono::system_clock::time_point now
) {
    if (text.size() > 8)
        return parse_rfc3339(text);
    const auto day = format_rfc3339(now).substr(0, 10);
    const auto clock = std::string(text.size() < 5 ? "0" : "") + std::string(text);
    const auto seconds = clock.size() == 5 ? ":00Z" : "Z";
    const auto today = parse_rfc3339(day + "T" + clock + seconds);
    if (!today)
        return std::nullopt;
    return *today <= now ? *today : *today - std::chrono::hours(24);
}

}  // namespace otp
