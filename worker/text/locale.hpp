#pragma once

#include <string>
#include <string_view>

namespace otp {

// One to eight letters or digits, then more of them after dashes, at most 35 characters (RFC 5646).
bool is_locale(std::string_view text);

// "zh-Hant-TW" -> "zh-Hant" -> "zh" -> "".
std::string_view parent_locale(std::string_view locale);

// The language that most people with a number of that country (ISO 3166 alpha-2) read, as spoken
// there: "BR" -> "pt-BR". Empty where that is English, or the country is unknown.
std::string locale_of_region(std::string_view region);

}  // namespace otp
