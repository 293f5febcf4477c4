#pragma once

#include "common/config/settings.hpp"
#include "common/limits/limit_rules.hpp"

namespace otp {

// Adds the rules to what settings::effective() tells, by the keys that the file has for them. A
// rate is shown by the second, however it was written.
void show_rules(settings& into, const limit_rules& rules);

}  // namespace otp
