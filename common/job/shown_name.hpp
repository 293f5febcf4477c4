#pragma once

#include <string>
#include <string_view>

namespace otp {

// A field's name, which others chose, as it may stand in a fault or on a screen: at most 64 bytes,
// '?' for what is not printable ASCII, and '#' for each digit where there are four or more, which
// could be a code or a number.
std::string shown_name(std::string_view name);

}  // namespace otp
