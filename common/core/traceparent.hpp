#pragma once

#include <string_view>

namespace otp {

// The form of a W3C Trace Context header: 00-<32 digits>-<16>-<2>, hexadecimal in lower case.
// https://www.w3.org/TR/trace-context/. What has another is not handed on: it comes
// from outside, and goes into logs and into the headers of messages.
bool is_traceparent(std::string_view text);

}  // namespace otp
