#pragma once

#include <string>
#include <string_view>

namespace otp::sandbox {

// True where every character of the UTF-8 text is in the GSM 7-bit alphabet or its extension
// (3GPP TS 23.038).
bool is_gsm7(std::string_view text);

// The text as a carrier sends it in the 7-bit alphabet: '?' for each character it does not have.
std::string as_gsm7(std::string_view text);

// How many SMS parts it takes: 160 septets, or 153 in each of several; 70 and 67 UTF-16 units where
// it does not fit the 7-bit alphabet. A character is never cut. `text` is UTF-8.
int segments(std::string_view text);

}  // namespace otp::sandbox
