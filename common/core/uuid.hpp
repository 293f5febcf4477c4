#pragma once

#include <array>
#include <chrono>
#include <compare>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace otp {

// A UUID (RFC 9562) as its 16 bytes in network order.
struct uuid {
    std::array<std::uint8_t, 16> bytes{};

    auto operator<=>(const uuid&) const = default;
};

// The usual 36 characters, upper or lower case. Anything else, braces and missing dashes included,
// is empty.
std::optional<uuid> parse_uuid(std::string_view text);

// Lower case, with dashes.
std::string to_string(const uuid& id);

// Version 7: 48 bits of Unix milliseconds, then random bits, so that new rows stand together in an
// index. `random` supplies the 74 random bits; its other bits are ignored.
uuid make_uuid_v7(
    std::chrono::system_clock::time_point now,
    const std::array<std::uint8_t, 10>& random
);

}  // namespace otp

template <>
struct std::hash<otp::uuid> {
    std::size_t operator()(const otp::uuid& id) const noexcept;
};
