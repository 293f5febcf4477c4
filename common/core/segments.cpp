#include "common/core/segments.hpp"

#include "common/core/utf8.hpp"

#include <array>
#include <cstdint>

namespace otp {

namespace {

constexpr char32_t no_character = 0xFFFD;

// GSM 7-bit default alphabet without what it shares with ASCII.
constexpr std::u32string_view basic_beyond_ascii = U"£¥èéùìòÇØøÅåΔΦΓΛΩΠΨΣΘΞÆæßÉ¤¡ÄÖÑÜ§¿äöñüà";

// Its extension: two septets each.
constexpr std::u32string_view extension = U"^{}\\[~]|€\f";

// Septets of each ASCII character; 0 where the alphabet lacks it.
constexpr auto ascii_septets = [] {
    std::array<std::uint8_t, 0x80> septets{};
    for (char32_t c = 0; c < septets.size(); ++c) {
        const bool control = c < 0x20 || c == 0x7F;
        if (extension.find(c) != std::u32string_view::npos)
            septets[c] = 2;
        else if (c == U'\n' || c == U'\r' || (!control && c != U'`'))
            septets[c] = 1;
    }
    return septets;
}();

// 0 where it is in neither alphabet.
int septets_of(char32_t c) {
    if (c < ascii_septets.size())
        return ascii_septets[c];
    if (basic_beyond_ascii.find(c) != std::u32string_view::npos)
        return 1;
    return extension.find(c) != std::u32string_view::npos ? 2 : 0;
}

char32_t next(std::string_view& text) {
    const auto first = static_cast<unsigned char>(text.front());
    if (first >= 0x80)
        if (const auto c = take_code_point(text))
            return *c;
    text.remove_prefix(1);
    return first < 0x80 ? first : no_character;
}

bool is_gsm(std::string_view text) {
    while (!text.empty())
        if (septets_of(next(text)) == 0)
            return false;
    return true;
}

int units_of(char32_t c, bool unicode) {
    if (unicode)
        return c > 0xFFFF ? 2 : 1;
    return septets_of(c);
}

}  // namespace

text_size measure_text(std::string_view text) {
    text_size size{!is_gsm(text), 0, 1};
    const int single = size.unicode ? 70 : 160;
    const int part = size.unicode ? 67 : 153;
    int parts = 1;
    int in_part = 0;
    while (!text.empty()) {
        const int units = units_of(next(text), size.unicode);
        size.units += units;
        if (in_part + units > part) {
            ++parts;
            in_part = 0;
        }
        in_part += units;
    }
    if (size.units > single)
        size.segments = parts;
    return size;
}

}  // namespace otp
