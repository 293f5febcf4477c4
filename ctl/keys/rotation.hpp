#pragma once

#include "common/core/secret.hpp"

#include <string>
#include <string_view>
#include <vector>

namespace otp {

// What a list of keys is for, and where it stands.
struct key_kind {
    std::string_view word;     // "code"
    std::string_view setting;  // "OTP_CODE_KEYS"
    std::string_view holders;  // who reads it
    std::string_view over;     // when nothing needs an old key any more
};

// Null for an unknown word.
const key_kind* find_key_kind(std::string_view word);

struct rotation_step {
    std::string what;  // to do
    secret value;      // of the setting, from then on
};

// From `list` as it is to a list with only the new key: known everywhere, then used, then the old
// ones gone. The values are without the blanks that programs allow around entries, such as the last
// newline of a file, so that each is one line.
std::vector<rotation_step> rotation_steps(
    const key_kind& kind,
    std::string_view list,
    std::string_view new_entry
);

}  // namespace otp
