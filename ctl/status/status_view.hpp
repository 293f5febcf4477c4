#pragma once

#include "ctl/status/support_case.hpp"

#include <optional>
#include <string>

namespace otp {

// For people. `at`: the moment somebody asks about. `what`: whom, "+1415****142" or an id.
std::string status_text(
    const support_case& of,
    const std::string& what,
    std::optional<wall_time> at
);

// The same as one JSON object.
std::string status_json(
    const support_case& of,
    const std::string& what,
    std::optional<wall_time> at
);

}  // namespace otp
