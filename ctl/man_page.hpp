#pragma once

#include "ctl/command.hpp"

#include <functional>
#include <span>
#include <string>
#include <string_view>

namespace otp {

// otpctl(1) as groff -man reads it. `settings` is what describe_settings gives; `more` as
// more_about().
std::string man_page(
    std::span<const command> all,
    std::string_view settings,
    const std::function<std::string_view(std::string_view first_word)>& more
);

}  // namespace otp
