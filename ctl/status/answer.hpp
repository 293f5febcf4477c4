#pragma once

#include "ctl/status/support_case.hpp"

#include <optional>
#include <string>

namespace otp {

// The request that a question is about: the last one before the moment somebody names (and two
// minutes more, for clocks of people), else the newest. Null where there is none.
const seen_delivery* asked_for(const support_case& of, std::optional<wall_time> at);

// When the last of its requests ended; now, while one is open. Of a case that has any.
wall_time end_of(const support_case& of);

// Why no code came, or that it came: one sentence, or a few, about one request of the case.
std::string answer_about(const support_case& of, const seen_delivery& one);

// "10:14:31", of today or whatever day: for sentences.
std::string clock_time(wall_time at);

}  // namespace otp
