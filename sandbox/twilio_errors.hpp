#pragma once

#include "sandbox/answer.hpp"

namespace otp::sandbox {

// Twilio's error answer for one of its codes, with the HTTP status that belongs to it:
// {"code":…,"message":…,"more_info":…,"status":…}. 20001 where the code is not in the table.
// https://www.twilio.com/docs/api/errors
answer twilio_error(int code);

// Verify's 60200, which names the parameter in its message.
answer twilio_invalid(std::string_view parameter);

// 20003, with a sentence on what the sandbox expects.
answer twilio_unauthorised(std::string_view why);

}  // namespace otp::sandbox
