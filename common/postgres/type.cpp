#include "common/postgres/type.hpp"

#include <cstring>
#include <limits>
#include <stdexcept>

namespace otp::postgres {

namespace {

using std::chrono::microseconds;

// PostgreSQL counts from 2000-01-01 00:00 UTC.
constexpr std::int64_t unix_seconds_at_2000 = 946'684'800;
constexpr std::int64_t micros_at_2000 = unix_seconds_at_2000 * 1'000'000;
constexpr std::int64_t infinity = std::numeric_limits<std::int64_t>::max();
constexpr std::int64_t minus_infinity = std::numeric_limits<std::int64_t>::min();

constexpr std::int64_t micros_per_day = 86'400'000'000;

void expect_size(std::string_view from, std::size_t size, const char* name) {
    if (from.size() != size)
        throw std::logic_error(
            std::string("postgres: ") + name + " of " + std::to_string(from.size()) +
            " bytes instead of " + std::to_string(size)
        );
}

}  // namespace

bool type<bool>::read(std::string_view from) {
    expect_size(from, 1, "bool");
    return from[0] != '\0';
}

template <class Int, oid Id, oid ArrayId>
Int integer_type<Int, Id, ArrayId>::read(std::string_view from) {
    expect_size(from, sizeof(Int), "integer");
    return wire::get<Int>(from);
}
template struct integer_type<std::int16_t, 21, 1005>;
template struct integer_type<std::int32_t, 23, 1007>;
template struct integer_type<std::int64_t, 20, 1016>;

void type<bytea_view>::write(bytes& to, bytea_view value) {
    to.append(reinterpret_cast<const char*>(value.data()), value.size());
}

bytea_view type<bytea_view>::read(std::string_view from) {
    return {reinterpret_cast<const std::uint8_t*>(from.data()), from.size()};
}

void type<uuid>::write(bytes& to, const uuid& value) {
    to.append(reinterpret_cast<const char*>(value.bytes.data()), value.bytes.size());
}

uuid type<uuid>::read(std::string_view from) {
    uuid value;
    expect_size(from, value.bytes.size(), "uuid");
    std::memcpy(value.bytes.data(), from.data(), value.bytes.size());
    return value;
}

void type<time_point>::write(bytes& to, time_point value) {
    if (value == time_point::max())
        return wire::put(to, infinity);
    if (value == time_point::min())
        return wire::put(to, minus_infinity);
    const auto unix_micros = std::chrono::floor<microseconds>(value.time_since_epoch()).count();
    wire::put(to, static_cast<std::int64_t>(unix_micros - micros_at_2000));
}

time_point type<time_point>::read(std::string_view from) {
    expect_size(from, 8, "timestamptz");
    constexpr auto latest =
        std::chrono::floor<microseconds>(time_point::max().time_since_epoch()).count();
    constexpr auto earliest =
        std::chrono::ceil<microseconds>(time_point::min().time_since_epoch()).count();
    const auto micros = wire::get<std::int64_t>(from);
    if (micros > latest - micros_at_2000)
        return time_point::max();
    if (micros < earliest - micros_at_2000)
        return time_point::min();
    return time_point(microseconds(micros + micros_at_2000));
}

void type<std::chrono::milliseconds>::write(bytes& to, std::chrono::milliseconds value) {
    constexpr auto most = std::numeric_limits<std::int64_t>::max() / 1000;
    if (value.count() > most || value.count() < -most)
        throw std::out_of_range("postgres: an interval beyond 292,000 years");
    wire::put(to, static_cast<std::int64_t>(value.count() * 1000));
    wire::put(to, std::int32_t{0});  // days
    wire::put(to, std::int32_t{0});  // months
}

std::chrono::milliseconds type<std::chrono::milliseconds>::read(std::string_view from) {
    expect_size(from, 16, "interval");
    const auto micros = wire::get<std::int64_t>(from);
    const auto days = wire::get<std::int32_t>(from.substr(8));
    if (wire::get<std::int32_t>(from.substr(12)) != 0)
        throw std::logic_error("postgres: an interval with months has no fixed length");
    using std::chrono::floor;
    using std::chrono::milliseconds;
    return floor<milliseconds>(microseconds(micros)) + milliseconds(days * (micros_per_day / 1000));
}

}  // namespace otp::postgres
