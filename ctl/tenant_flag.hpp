#pragma once

#include "ctl/flags.hpp"

#include <optional>
#include <string>

namespace otp {

// --tenant where it is given. Throws exit_with usage where no tenant can have such a name, so that
// a slip is not taken for a tenant without texts.
std::optional<std::string> tenant_flag(const flags& given);

}  // namespace otp
