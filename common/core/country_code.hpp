#pragma once

#include <string_view>

namespace otp {

// Two capitals, as an ISO 3166 alpha-2 code is written; whether there is such a country is not
// looked up.
bool is_country_code(std::string_view text);

}  // namespace otp
