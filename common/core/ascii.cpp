#include "common/core/ascii.hpp"

#include <algorithm>

namespace otp {

std::string lower_case(std::string_view text) {
    std::string lower(text);
    std::ranges::transform(lower, lower.begin(), to_lower);
    return lower;
}

bool equals_ignoring_case(std::string_view one, std::string_view other) noexcept {
    return std::ranges::equal(one, other, {}, to_lower, to_lower);
}

bool starts_with_ignoring_case(std::string_view text, std::string_view beginning) noexcept {
    return equals_ignoring_case(text.substr(0, beginning.size()), beginning);
}

std::string_view trimmed(std::string_view text, std::string_view blanks) noexcept {
    const auto first = text.find_first_not_of(blanks);
    if (first == std::string_view::npos)
        return {};
    return text.substr(first, text.find_last_not_of(blanks) - first + 1);
}

}  // namespace otp
