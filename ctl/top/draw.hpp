#pragma once

#include "ctl/top/view.hpp"

#include <string>

namespace otp {

struct drawing {
    std::size_t width = 100;
    std::size_t height = 0;  // 0: as many lines as it takes
    bool colour = false;
};

// Lines of UTF-8, none wider than the drawing, each with its end.
std::string draw_top(const top_view& of, const drawing& on);

}  // namespace otp
