#pragma once

#include <optional>
#include <string_view>

namespace otp {

// Takes the first code point off `text`. Empty, and `text` as it was, where there is none or it is
// not UTF-8 as RFC 3629 has it: overlong forms, surrogates and what lies above U+10FFFF are
// refused.
std::optional<char32_t> take_code_point(std::string_view& text);

bool is_utf8(std::string_view text);

}  // namespace otp
