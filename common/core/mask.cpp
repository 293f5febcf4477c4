#include "common/core/mask.hpp"

namespace otp {

std::string mask_number(std::string_view number) {
    constexpr std::size_t shown_before = 5;
    constexpr std::size_t shown_after = 3;
    constexpr std::size_t hidden_at_least = 3;
    if (number.size() < shown_before + hidden_at_least + shown_after)
        return "***";
    std::string masked(number.substr(0, shown_before));
    masked.append(number.size() - shown_before - shown_after, '*');
    masked.append(number.substr(number.size() - shown_after));
    return masked;
}

}  // namespace otp
