#include "sandbox/segments.hpp"

#include <cstddef>
#include <cstdint>

namespace otp::sandbox {

namespace {

constexpr std::u32string_view basic =
    U"@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?"
    U"¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿abcdefghijklmnopqrstuvwxyzäöñüà";
constexpr std::u32string_view extension = U"\f^{}\\[~]|€";

std::size_t length_of(char lead) {
    const auto byte = static_cast<unsigned char>(lead);
    return byte < 0x80 ? 1 : byte < 0xE0 ? 2 : byte < 0xF0 ? 3 : 4;
}

char32_t character(std::string_view bytes) {
    static constexpr unsigned char lead_bits[] = {0, 0x7F, 0x1F, 0x0F, 0x07};
    char32_t value = static_cast<unsigned char>(bytes[0]) & lead_bits[bytes.size()];
    for (const char c : bytes.substr(1))
        value = (value << 6) | (static_cast<unsigned char>(c) & 0x3F);
    return value;
}

// Septets; 0 where the alphabet does not have it.
int septets(char32_t c) {
    if (c >= U'a' && c <= U'z')
        return 1;
    if (basic.find(c) != std::u32string_view::npos)
        return 1;
    return extension.find(c) != std::u32string_view::npos ? 2 : 0;
}

template <class Visit>
void each_character(std::string_view text, Visit visit) {
    while (!text.empty()) {
        const auto bytes = text.substr(0, length_of(text[0]));
        visit(bytes, character(bytes));
        text.remove_prefix(bytes.size());
    }
}

}  // namespace

bool is_gsm7(std::string_view text) {
    bool all = true;
    each_character(text, [&](std::string_view, char32_t c) { all = all && septets(c) != 0; });
    return all;
}

std::string as_gsm7(std::string_view text) {
    std::string sent;
    each_character(text, [&](std::string_view bytes, char32_t c) {
        if (septets(c) != 0)
            sent += bytes;
        else
            sent += '?';
    });
    return sent;
}

int segments(std::string_view text) {
    const bool seven_bits = is_gsm7(text);
    const int single = seven_bits ? 160 : 70;
    const int part = seven_bits ? 153 : 67;
    int all = 0;
    int parts = 1;
    int in_part = 0;
    each_character(text, [&](std::string_view, char32_t c) {
        const int units = seven_bits ? septets(c) : c > 0xFFFF ? 2 : 1;
        all += units;
        if (in_part + units > part) {
            ++parts;
            in_part = 0;
        }
        in_part += units;
    });
    return all <= single ? 1 : parts;
}

}  // namespace otp::sandbox
