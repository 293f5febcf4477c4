#pragma once

#include "worker/policy/lane.hpp"

#include <string>
#include <string_view>
#include <vector>

namespace otp {

// What becomes of a worker's lines when it has read its settings again.
struct line_changes {
    std::vector<lane> kept;      // as they are: breaker, rate, connections, calls under way
    std::vector<lane> replaced;  // by another line of the same lane
    std::vector<lane> added;
    std::vector<lane> removed;
};

// `before`, `wanted`: the lanes configured then and now; `changed`: settings of another value now.
line_changes changes_of_lines(
    const std::vector<lane>& before,
    const std::vector<lane>& wanted,
    const std::vector<std::string>& changed
);

// Whether lines, or the order in which they are asked, follow from that setting.
bool is_of_lines(std::string_view setting);

}  // namespace otp
