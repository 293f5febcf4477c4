#include "common/provider/twilio_sid.hpp"

#include "common/core/hex.hpp"

#include <algorithm>

namespace otp {

bool is_twilio_sid(std::string_view text, std::string_view kind) {
    return text.size() == 34 && text.starts_with(kind) &&
           std::ranges::all_of(text.substr(2), [](char c) { return hex_value(c) >= 0; });
}

}  // namespace otp
