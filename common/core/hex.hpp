#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>

namespace otp {

// The value of a hexadecimal digit, or -1.
constexpr int hex_value(char c) noexcept {
    if (c >= '0' && c <= '9')
        return c - '0';
    if (c >= 'a' && c <= 'f')
        return c - 'a' + 10;
    if (c >= 'A' && c <= 'F')
        return c - 'A' + 10;
    return -1;
}

// Of two digits, or -1.
constexpr int hex_byte(char high, char low) noexcept {
    const int upper = hex_value(high);
    const int lower = hex_value(low);
    return upper < 0 || lower < 0 ? -1 : upper * 16 + lower;
}

inline constexpr std::string_view hex_digits = "0123456789abcdef";

// Two digits a byte, lower case.
std::string to_hex(std::span<const std::uint8_t> bytes);

}  // namespace otp
