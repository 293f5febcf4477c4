#include "common/core/base64url.hpp"

#include "common/core/base64.hpp"

#include <algorithm>
#include <cstdint>

namespace otp {

namespace {

constexpr std::string_view alphabet =
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";

}  // namespace

std::string base64url(std::string_view bytes) {
    std::string text(base64(bytes).reveal());
    text.resize(std::min(text.find('='), text.size()));
    std::ranges::replace(text, '+', '-');
    std::ranges::replace(text, '/', '_');
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
