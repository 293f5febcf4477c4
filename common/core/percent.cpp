#include "common/core/percent.hpp"

#include "common/core/hex.hpp"

#include <cstddef>

namespace otp {

std::optional<std::string> percent_decoded(std::string_view text) {
    std::string result;
    result.reserve(text.size());
    for (std::size_t i = 0; i < text.size(); ++i) {
        if (text[i] != '%') {
            result += text[i];
            continue;
        }
        if (text.size() - i < 3)
            return std::nullopt;
        const int value = hex_byte(text[i + 1], text[i + 2]);
        if (value <= 0)
            return std::nullopt;
        result += static_cast<char>(value);
        i += 2;
    }
    return result;
}

}  // namespace otp
