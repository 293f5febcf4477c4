#include "sandbox/gsm7.hpp"

#include "common/core/segments.hpp"
#include "common/core/utf8.hpp"

namespace otp::sandbox {

std::string as_gsm7(std::string_view text) {
    std::string sent;
    while (!text.empty()) {
        auto rest = text;
        if (!take_code_point(rest))
            rest.remove_prefix(1);  // no UTF-8: one byte at a time
        const auto character = text.substr(0, text.size() - rest.size());
        if (measure_text(character).unicode)
            sent += '?';
        else
            sent += character;
        text = rest;
    }
    return sent;
}

}  // namespace otp::sandbox
