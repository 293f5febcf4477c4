#include "common/http/codec/retry_after.hpp"

#include "common/core/ascii.hpp"

#include <algorithm>
#include <charconv>
#include <cstddef>
#include <cstdint>
#include <system_error>

namespace otp::http {

namespace {

using namespace std::chrono;

std::optional<seconds> read_seconds(std::string_view text) {
    std::uint32_t count = 0;
    const auto end = text.data() + text.size();
    const auto read = std::from_chars(text.data(), end, count);
    if (read.ptr != end || text.empty())
        return std::nullopt;
    if (read.ec == std::errc::result_out_of_range)
        return longest_retry_after;
    return seconds(count);
}

bool has_shape_of_date(std::string_view text) {
    constexpr std::string_view shape = "aaa, 00 aaa 0000 00:00:00 GMT";
    return std::ranges::equal(text, shape, [](char c, char wanted) {
        return wanted == 'a' ? is_letter(c) : wanted == '0' ? is_digit(c) : c == wanted;
    });
}

// The year may have four digits: in nanoseconds it would not fit.
std::optional<sys_seconds> read_date(std::string_view text) {
    if (!has_shape_of_date(text))
        return std::nullopt;
    const auto number = [text](std::size_t at, std::size_t digits) {
        int value = 0;
        for (const char c : text.substr(at, digits))
            value = value * 10 + (c - '0');
        return value;
    };
    constexpr std::string_view months = "JanFebMarAprMayJunJulAugSepOctNovDec";
    const auto month_at = months.find(text.substr(8, 3));
    if (month_at == std::string_view::npos || month_at % 3 != 0)
        return std::nullopt;
    const year_month_day date(
        year(number(12, 4)),
        month(static_cast<unsigned>(month_at / 3 + 1)),
        day(static_cast<unsigned>(number(5, 2)))
    );
    const int hour = number(17, 2);
    const int minute = number(20, 2);
    const int second = number(23, 2);
    if (!date.ok() || hour > 23 || minute > 59 || second > 60)
        return std::nullopt;
    return sys_days(date) + hours(hour) + minutes(minute) + seconds(second);
}

}  // namespace

std::optional<seconds> parse_retry_after(std::string_view text, system_clock::time_point now) {
    if (const auto wait = read_seconds(text))
        return wait;
    const auto date = read_date(text);
    if (!date)
        return std::nullopt;
    return std::clamp(*date - floor<seconds>(now), seconds(0), longest_retry_after);
}

}  // namespace otp::http
