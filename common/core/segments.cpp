#include "common/core/segments.hpp"

#include "common/core/utf8.hpp"

namespace otp {

namespace {

constexpr char32_t no_character = 0xFFFD;

// GSM 7-bit default alphabet without what it shares with ASCII.
constexpr std::u32string_view basic_beyond_ascii = U"£¥èéùìòÇØøÅåΔΦΓΛΩΠΨΣΘΞÆæßÉ¤¡ÄÖÑÜ§¿äöñüà";

// Its extension: two septets each.
constexpr std::u32string_view extension = U"^{}\\[~]|€\f";

bool is_basic(char32_t c) {
    if (c >= 0x80)
        return basic_beyond_ascii.find(c) != std::u32string_view::npos;
    const bool control = c < 0x20 || c == 0x7F;
    return c == U'\n' || c == U'\r' ||
           (!control && c != U'`' && extension.find(c) == std::u32string_view::npos);
}

bool is_extension(char32_t c) {
    return extension.find(c) != std::u32string_view::npos;
}

char32_t next(std::string_view& text) {
    if (const auto c = take_code_point(text))
        return *c;
    text.remove_prefix(1);
    return no_character;
}

bool is_gsm(std::string_view text) {
    while (!text.empty()) {
        const char32_t c = next(text);
        if (!is_basic(c) && !is_extension(c))
            return false;
    }
    return true;
}

int units_of(char32_t c, bool unicode) {
    const bool two = unicode ? c > 0xFFFF : is_extension(c);
    return two ? 2 : 1;
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
