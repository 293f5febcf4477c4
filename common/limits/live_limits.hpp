#pragma once

#include "common/config/settings.hpp"
#include "common/limits/limit_rules.hpp"

#include <string>
#include <string_view>

namespace otp {

// The rules of sending, and the file they come from; empty: the defaults hold. A program replaces
// them in place when it reads its settings anew.
struct live_limits {
    limit_rules rules;
    std::string file;
};

// From OTP_LIMITS, else the file that the settings came from, and OTP_COUNTRIES, which goes before
// either; shown with the settings. What is wrong is added to the faults of `from`, and so is that
// both files have rules: one of them would hold, and nobody could see which.
live_limits read_live_limits(settings& from);

// Whether they follow from that setting.
bool is_of_limits(std::string_view setting);

}  // namespace otp
