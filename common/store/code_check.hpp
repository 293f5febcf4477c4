#pragma once

#include "common/core/uuid.hpp"
#include "common/otp/code.hpp"

#include <chrono>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace otp {

// What a check was told; the words are those of migrations/0010_checks.sql.
enum class check_answer {
    approved,
    wrong,
    max_attempts_reached,
    closed,
    already_used,
    expired,
    canceled,
    not_found,
    check_too_soon,
    check_budget_spent,
    unknown_key
};

// The word of SQL; throws std::logic_error for one this program does not know.
check_answer parse_check_answer(std::string_view word);
std::string_view to_string(check_answer answer);

// What a tag is made from besides tenant and code.
struct number_and_purpose {
    std::string number;  // E.164
    std::string purpose;
};

// The text that a verification's code went out with last; empty where it is not known.
struct sent_by {
    std::string provider;
    std::string channel;
    std::string country;  // of the number, ISO 3166
};

struct check_verdict {
    check_answer answer = check_answer::not_found;
    std::optional<uuid> id;
    int attempts_left = 0;
    std::chrono::milliseconds retry_after{0};  // also the pause after a wrong one
    std::optional<std::chrono::system_clock::time_point> settled_at;
    std::optional<std::string> user;  // of the verification
    number_and_purpose subject;       // what was checked
    otp::sent_by sent_by;             // of a right code
    bool ended = false;               // its life was over, and this check settled it
};

// One check: the tags of what was typed, one under each hash key, in the order of the keys.
struct code_check {
    std::string tenant;
    std::string number;  // E.164
    std::string purpose;
    std::optional<uuid> id;     // empty: the pending one of that number and purpose
    bool known_device = false;  // a valid device token came with it: counted apart
    std::vector<code_tag> tags;
};

// What a check does about a verification that another call holds at the moment.
enum class if_held { wait, defer };

}  // namespace otp
