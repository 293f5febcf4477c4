#include "common/job/shown_name.hpp"

#include "common/core/ascii.hpp"

#include <algorithm>

namespace otp {

std::string shown_name(std::string_view name) {
    std::string text(name.substr(0, 64));
    const bool hide = std::ranges::count_if(text, is_digit) > 3;
    for (char& c : text)
        if (c < ' ' || c > '~')
            c = '?';
        else if (hide && is_digit(c))
            c = '#';
    return text;
}

}  // namespace otp
