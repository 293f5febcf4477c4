#include "common/core/rfc3339.hpp"

#include "common/core/ascii.hpp"

#include <algorithm>
#include <cstddef>
#include <cstdint>

namespace otp {

namespace {

using namespace std::chrono;

// Reads from the left; once something does not fit, `good` stays false.
struct reader {
    std::string_view rest;
    bool good = true;

    int number(std::size_t digits, int least, int most) {
        if (rest.size() < digits) {
            good = false;
            return 0;
        }
        int value = 0;
        for (const char c : rest.substr(0, digits)) {
            good = good && is_digit(c);
            value = value * 10 + (c - '0');
        }
        rest.remove_prefix(digits);
        good = good && value >= least && value <= most;
        return value;
    }

    // Takes one character where it is one of `choice`.
    char one_of(std::string_view choice) {
        if (rest.empty() || choice.find(rest.front()) == std::string_view::npos)
            return '\0';
        const char taken = rest.front();
        rest.remove_prefix(1);
        return taken;
    }

    void expect(std::string_view choice) { good = one_of(choice) != '\0' && good; }
};

nanoseconds read_fraction(reader& from) {
    if (from.one_of(".") == '\0')
        return nanoseconds(0);
    nanoseconds fraction(0);
    nanoseconds unit = milliseconds(100);
    bool any = false;
    for (char c = from.one_of("0123456789"); c != '\0'; c = from.one_of("0123456789")) {
        fraction += (c - '0') * unit;
        unit /= 10;
        any = true;
    }
    from.good = from.good && any;
    return fraction;
}

minutes read_offset(reader& from) {
    const char sign = from.one_of("Zz+-");
    if (sign == 'Z' || sign == 'z')
        return minutes(0);
    from.good = from.good && sign != '\0';
    const hours whole(from.number(2, 0, 23));
    from.expect(":");
    const minutes part(from.number(2, 0, 59));
    return sign == '-' ? -(whole + part) : whole + part;
}

void append(std::string& text, std::int64_t value, std::size_t digits) {
    const auto plain = std::to_string(value);
    text.append(digits - std::min(digits, plain.size()), '0').append(plain);
}

}  // namespace

std::optional<system_clock::time_point> parse_rfc3339(std::string_view text) {
    reader from{text};
    const year y(from.number(4, 1678, 2261));
    from.expect("-");
    const month m(static_cast<unsigned>(from.number(2, 1, 12)));
    from.expect("-");
    const day d(static_cast<unsigned>(from.number(2, 1, 31)));
    from.expect("Tt");
    const hours hour(from.number(2, 0, 23));
    from.expect(":");
    const minutes minute(from.number(2, 0, 59));
    from.expect(":");
    const seconds second(from.number(2, 0, 60));
    const auto fraction = read_fraction(from);
    const auto offset = read_offset(from);
    const year_month_day date(y, m, d);
    if (!from.good || !from.rest.empty() || !date.ok())
        return std::nullopt;
    return sys_days(date) + hour + minute + second + fraction - offset;
}

std::string format_rfc3339(system_clock::time_point time) {
    const auto midnight = floor<days>(time);
    const year_month_day date(midnight);
    const hh_mm_ss<nanoseconds> clock(time - midnight);
    std::string text;
    text.reserve(30);
    append(text, static_cast<int>(date.year()), 4);
    append(text += '-', static_cast<unsigned>(date.month()), 2);
    append(text += '-', static_cast<unsigned>(date.day()), 2);
    append(text += 'T', clock.hours().count(), 2);
    append(text += ':', clock.minutes().count(), 2);
    append(text += ':', clock.seconds().count(), 2);
    const auto fraction = clock.subseconds();
    if (fraction % milliseconds(1) == nanoseconds(0))
        append(text += '.', fraction / milliseconds(1), 3);
    else
        append(text += '.', fraction.count(), 9);
    return text += 'Z';
}

}  // namespace otp
