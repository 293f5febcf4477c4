#pragma once

#include "ctl/status/support_case.hpp"

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

}  // namespace otp
