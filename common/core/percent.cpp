#include "common/core/percent.hpp"

#include "common/core/hex.hpp"

#include <cstddef>

namespace otp {

namespace {

// Writes it where there is room for as many bytes as `text` has; how many it took.
std::optional<std::size_t> decode(std::string_view text, char* to) {
    const char* const begin = to;
    for (std::size_t i = 0; i < text.size(); ++i) {
        if (text[i] != '%') {
            *to++ = text[i];
            continue;
        }
        if (text.size() - i < 3)
            return std::nullopt;
        const int value = hex_byte(text[i + 1], text[i + 2]);
        if (value <= 0)
            return std::nullopt;
        *to++ = static_cast<char>(value);
        i += 2;
    }
    return static_cast<std::size_t>(to - begin);
}

}  // namespace

std::optional<std::string> percent_decoded(std::string_view text) {
    std::string result(text.size(), '\0');
    const auto size = decode(text, result.data());
    if (!size)
        return std::nullopt;
    result.resize(*size);
    return result;
}

std::optional<secret> percent_decoded_secret(std::string_view text) {
    secret room = secret::of_size(text.size());
    const auto size = decode(text, room.bytes().data());
    if (!size)
        return std::nullopt;
    return secret(room.reveal().substr(0, *size));
}

}  // namespace otp
