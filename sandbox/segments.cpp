#include "sandbox/segments.hpp"

#include "common/core/segments.hpp"
#include "common/core/utf8.hpp"

namespace otp::sandbox {

bool is_gsm7(std::string_view text) {
    return !measure_text(text).unicode;
}

std::string as_gsm7(std::string_view text) {
    std::string sent;
    while (!text.empty()) {
        auto rest = text;
        if (!take_code_point(rest))
            rest.remove_prefix(1);  // no UTF-8: one byte at a time
        const auto character = text.substr(0, text.size() - rest.size());
        if (is_gsm7(character))
            sent += character;
        else
            sent += '?';
        text = rest;
    }
    return sent;
}

int segments(std::string_view text) {
    return measure_text(text).segments;
}

}  // namespace otp::sandbox
