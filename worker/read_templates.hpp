#pragma once

#include "common/config/settings.hpp"
#include "worker/text/template_set.hpp"

#include <string>

namespace otp {

// The templates of a folder. What is wrong with them is added to the faults of `from`.
template_set read_templates(settings& from, const std::string& folder);

}  // namespace otp
