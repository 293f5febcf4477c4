#include "common/core/short_name.hpp"

namespace otp {

bool is_short_name(std::string_view text) {
    constexpr std::string_view allowed = "abcdefghijklmnopqrstuvwxyz0123456789_.-";
    constexpr std::string_view not_first = "_.-";
    return !text.empty() && text.size() <= 64 &&
           not_first.find(text.front()) == std::string_view::npos &&
           text.find_first_not_of(allowed) == std::string_view::npos;
}

}  // namespace otp
