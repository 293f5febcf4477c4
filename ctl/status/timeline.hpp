#pragma once

#include "ctl/status/support_case.hpp"

#include <optional>
#include <string>
#include <vector>

namespace otp {

// One line of what happened.
struct timeline_entry {
    wall_time at;
    std::string request_id;  // empty: it concerns all
    std::string text;
};

// All that is known, oldest first.
std::vector<timeline_entry> timeline_of(const support_case& of);

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
