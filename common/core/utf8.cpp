#include "common/core/utf8.hpp"

#include <cstddef>

namespace otp {

namespace {

// What the first byte of a sequence says: its length, its own bits, and the least code point that
// may be written at this length.
struct lead {
    std::size_t length;
    char32_t bits;
    char32_t least;
};

std::optional<lead> read_lead(unsigned char byte) {
    if (byte < 0x80)
        return lead{1, byte, 0};
    if ((byte & 0xE0) == 0xC0)
        return lead{2, byte & 0x1FU, 0x80};
    if ((byte & 0xF0) == 0xE0)
        return lead{3, byte & 0x0FU, 0x800};
    if ((byte & 0xF8) == 0xF0)
        return lead{4, byte & 0x07U, 0x10000};
    return std::nullopt;
}

}  // namespace

std::optional<char32_t> take_code_point(std::string_view& text) {
    if (text.empty())
        return std::nullopt;
    const auto first = read_lead(static_cast<unsigned char>(text.front()));
    if (!first || text.size() < first->length)
        return std::nullopt;
    char32_t point = first->bits;
    for (std::size_t i = 1; i < first->length; ++i) {
        const auto byte = static_cast<unsigned char>(text[i]);
        if ((byte & 0xC0) != 0x80)
            return std::nullopt;
        point = point << 6 | (byte & 0x3FU);
    }
    const bool surrogate = point >= 0xD800 && point <= 0xDFFF;
    if (point < first->least || point > 0x10FFFF || surrogate)
        return std::nullopt;
    text.remove_prefix(first->length);
    return point;
}

bool is_utf8(std::string_view text) {
    while (take_code_point(text)) {
    }
    return text.empty();
}

}  // namespace otp
