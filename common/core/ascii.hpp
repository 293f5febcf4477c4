#pragma once

#include <string>
#include <string_view>

namespace otp {

// Letters, digits and blanks of ASCII, whatever the locale. Bytes beyond ASCII are none of these
// and keep their case.

constexpr bool is_digit(char c) noexcept {
    return c >= '0' && c <= '9';
}

constexpr bool is_letter(char c) noexcept {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

constexpr bool is_alphanumeric(char c) noexcept {
    return is_digit(c) || is_letter(c);
}

constexpr char to_lower(char c) noexcept {
    return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
}

std::string lower_case(std::string_view text);

bool equals_ignoring_case(std::string_view one, std::string_view other) noexcept;
bool starts_with_ignoring_case(std::string_view text, std::string_view beginning) noexcept;

// Without the characters of `blanks` at both ends; a view into `text`.
std::string_view trimmed(std::string_view text, std::string_view blanks = " \t") noexcept;

}  // namespace otp
