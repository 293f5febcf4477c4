#pragma once

#include <string>
#include <string_view>

namespace otp::sandbox {

// The UTF-8 text as a carrier sends it in the GSM 7-bit alphabet and its extension (3GPP TS
// 23.038): '?' for each character that they do not have.
std::string as_gsm7(std::string_view text);

}  // namespace otp::sandbox
