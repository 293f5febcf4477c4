#pragma once

#include "ctl/top/view.hpp"

#include <string>

namespace otp {

// What `otpctl top --json` prints: one object.
std::string top_json(const top_view& of);

}  // namespace otp
