#include "common/core/country_code.hpp"

namespace otp {

bool is_country_code(std::string_view text) {
    constexpr std::string_view capitals = "ABCDEFGHIJKLMNOPQRSTUVWXYZ";
    return text.size() == 2 && text.find_first_not_of(capitals) == std::string_view::npos;
}

}  // namespace otp
