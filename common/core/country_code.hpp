#pragma once

#include <string_view>

namespace otp {

// Is it the ISO 3166 alpha-2 code, in capitals, of a country or territory with phone numbers of its
// own? As libphonenumber 8 names them, so besides ISO's: AC, TA and XK. "UK" is none; Britain is
// GB.
bool is_country_code(std::string_view text);

}  // namespace otp
