#include "common/core/base64url.hpp"

#include <algorithm>
#include <cstdint>

namespace otp {

namespace {

constexpr std::string_view alphabet =
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";

}  // namespace

std::string base64url(std::string_view bytes) {
    std::string text;
    text.reserve((bytes.size() * 4 + 2) / 3);
    for (std::size_t at = 0; at < bytes.size(); at += 3) {
        const auto taken = std::min<std::size_t>(3, bytes.size() - at);
        std::uint32_t group = 0;
        for (std::size_t i = 0; i < 3; ++i)
            group = group << 8 | (i < taken ? static_cast<std::uint8_t>(bytes[at + i]) : 0U);
        // n bytes take n + 1 digits.
        for (std::size_t i = 0; i <= taken; ++i)
            text.push_back(alphabet[group >> (18 - 6 * i) & 63U]);
    }
    return text;
}

std::optional<std::string> base64url_decoded(std::string_view text) {
    std::string bytes;
    bytes.reserve(text.size() * 3 / 4);
    std::uint32_t group = 0;
    unsigned bits = 0;  // of the group that are no byte yet
    for (const char c : text) {
        const auto digit = alphabet.find(c);
        if (digit == std::string_view::npos)
            return std::nullopt;
        group = (group << 6 | static_cast<std::uint32_t>(digit)) & 0xFFFU;
        bits += 6;
        if (bits >= 8) {
            bits -= 8;
            bytes.push_back(static_cast<char>(group >> bits & 0xFFU));
        }
    }
    const bool rest_is_zero = (group & ((1U << bits) - 1U)) == 0;
    if (bits >= 6 || !rest_is_zero)
        return std::nullopt;
    return bytes;
}

}  // namespace otp
