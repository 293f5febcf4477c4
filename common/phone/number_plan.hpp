#pragma once

#include "common/phone/phone_number.hpp"

#include <optional>
#include <string>
#include <string_view>

namespace otp {

struct planned_number {
    std::string_view region;
    phone_kind kind = phone_kind::other;
};

// What a number is, by libphonenumber's own numbering plans and in its order of questions, but by
// tables made from them at first use: the library itself takes 20 to 40 µs for a number, more than
// all else that a worker does for a job.
//
// `e164` is "+" and digits. Empty where it is not plainly valid as it stands, as it might be with a
// national prefix taken off: what is wrong, if anything, is the library's to say.
std::optional<planned_number> find_in_plan(std::string_view e164);

}  // namespace otp
