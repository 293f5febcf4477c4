#pragma once

#include "common/provider/outcome.hpp"

#include <rapidjson/document.h>

#include <string>
#include <string_view>

namespace otp {

// What the answers of Twilio's APIs share.

// Two capital letters, `kind`, and 32 hexadecimal digits.
bool is_twilio_sid(std::string_view text, std::string_view kind);

// The body's error code, or empty. Twilio writes an integer.
std::string twilio_code_in(const rapidjson::Value& body, std::string_view name);

// An answer that is no 2xx, by its code where the status leaves no doubt, else by its status.
outcome read_twilio_error(unsigned status, const rapidjson::Value& body);

}  // namespace otp
