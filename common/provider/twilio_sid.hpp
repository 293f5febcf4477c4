#pragma once

#include <string_view>

namespace otp {

// Two capital letters, `kind`, and 32 hexadecimal digits: how Twilio names what it keeps, "AC…" an
// account, "SM…" a message.
bool is_twilio_sid(std::string_view text, std::string_view kind);

}  // namespace otp
