#pragma once

#include <string>
#include <string_view>

namespace otp {

// A phone number as it may be shown: "+14155550100" becomes "+1415****100"; of one shorter than
// 11 characters, where that would hide less than three, nothing is shown: "***".
// The same rule as SQL's audit.mask.
std::string mask_number(std::string_view number);

}  // namespace otp
