#pragma once

#include "common/limits/live_limits.hpp"

namespace otp {

// Reads the rules again. A file that cannot be used leaves them as they are, and all that is wrong
// with it is logged.
void reload(live_limits& limits);

}  // namespace otp
