#include "sandbox/timestamp.hpp"

#include "common/core/rfc3339.hpp"

#include <array>
#include <ctime>

namespace otp::sandbox {

using std::chrono::system_clock;

std::string rfc3339(system_clock::time_point at) {
    return format_rfc3339(std::chrono::floor<std::chrono::milliseconds>(at));
}

std::string rfc2822(system_clock::time_point at) {
    static constexpr std::array days{"Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"};
    static constexpr std::array
        months{"Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
    const auto seconds = system_clock::to_time_t(std::chrono::floor<std::chrono::seconds>(at));
    std::tm parts{};
    ::gmtime_r(&seconds, &parts);
    std::array<char, 40> rest{};
    const auto length = std::strftime(rest.data(), rest.size(), " %Y %H:%M:%S +0000", &parts);
    const auto day = std::to_string(100 + parts.tm_mday).substr(1);
    return std::string(days[static_cast<std::size_t>(parts.tm_wday)]) + ", " + day + " " +
           months[static_cast<std::size_t>(parts.tm_mon)] + std::string(rest.data(), length);
}

std::optional<time_span> read_date(std::string_view text) {
    constexpr std::string_view day_form = "2026-11-20";
    constexpr std::string_view second_form = "2026-11-20T10:15:30Z";
    const bool is_day = text.size() == day_form.size();
    if (!is_day && text.size() != second_form.size())
        return std::nullopt;
    const auto from = parse_rfc3339(std::string(text) + (is_day ? "T00:00:00Z" : ""));
    if (!from)
        return std::nullopt;
    return time_span{*from, *from + (is_day ? std::chrono::hours(24) : std::chrono::seconds(1))};
}

}  // namespace otp::sandbox
