#include "sandbox/timestamp.hpp"

#include <array>
#include <ctime>

namespace otp::sandbox {

namespace {

using std::chrono::system_clock;

std::tm in_utc(system_clock::time_point at) {
    const auto seconds =
        system_clock::to_time_t(std::chrono::time_point_cast<system_clock::duration>(
            std::chrono::floor<std::chrono::seconds>(at)
        ));
    std::tm parts{};
    ::gmtime_r(&seconds, &parts);
    return parts;
}

// The number written in `digits` places at `from`; -1 where something else stands there.
int number_at(std::string_view text, std::size_t from, std::size_t digits) {
    if (from + digits > text.size())
        return -1;
    int value = 0;
    for (const char c : text.substr(from, digits)) {
        if (c < '0' || c > '9')
            return -1;
        value = value * 10 + (c - '0');
    }
    return value;
}

// True where `text` has the length of `form` and its punctuation; digits stand where `form` has
// '0'.
bool has_form(std::string_view text, std::string_view form) {
    if (text.size() != form.size())
        return false;
    for (std::size_t i = 0; i < form.size(); ++i)
        if (form[i] != '0' ? text[i] != form[i] : text[i] < '0' || text[i] > '9')
            return false;
    return true;
}

}  // namespace

std::string rfc3339(system_clock::time_point at) {
    const auto parts = in_utc(at);
    const auto millis = std::chrono::duration_cast<std::chrono::milliseconds>(
                            at - std::chrono::floor<std::chrono::seconds>(at)
    )
                            .count();
    std::array<char, 32> day{};
    const auto length = std::strftime(day.data(), day.size(), "%Y-%m-%dT%H:%M:%S", &parts);
    std::string text(day.data(), length);
    const auto fraction = std::to_string(1000 + millis);
    return ((text += '.') += fraction.substr(1)) += 'Z';
}

std::string rfc2822(system_clock::time_point at) {
    static constexpr std::array days{"Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"};
    static constexpr std::array
        months{"Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
    const auto parts = in_utc(at);
    std::array<char, 40> rest{};
    const auto length = std::strftime(rest.data(), rest.size(), " %Y %H:%M:%S +0000", &parts);
    const auto day = std::to_string(100 + parts.tm_mday).substr(1);
    return std::string(days[static_cast<std::size_t>(parts.tm_wday)]) + ", " + day + " " +
           months[static_cast<std::size_t>(parts.tm_mon)] + std::string(rest.data(), length);
}

std::optional<time_span> read_date(std::string_view text) {
    using namespace std::chrono;
    const bool is_day = has_form(text, "0000-00-00");
    if (!is_day && !has_form(text, "0000-00-00T00:00:00Z"))
        return std::nullopt;
    const year_month_day day{
        year(number_at(text, 0, 4)),
        month(static_cast<unsigned>(number_at(text, 5, 2))),
        std::chrono::day(static_cast<unsigned>(number_at(text, 8, 2)))};
    if (!day.ok())
        return std::nullopt;
    const system_clock::time_point midnight = sys_days(day);
    if (is_day)
        return time_span{midnight, midnight + hours(24)};
    const int h = number_at(text, 11, 2);
    const int m = number_at(text, 14, 2);
    const int s = number_at(text, 17, 2);
    if (h > 23 || m > 59 || s > 59)
        return std::nullopt;
    const auto from = midnight + hours(h) + minutes(m) + seconds(s);
    return time_span{from, from + seconds(1)};
}

}  // namespace otp::sandbox
