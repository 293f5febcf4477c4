#pragma once

#include "ctl/dead/letter.hpp"
#include "ctl/flags.hpp"

#include <chrono>
#include <optional>
#include <string>
#include <vector>

namespace otp {

// Which messages of otp.dead a command is about: those for which all that is given holds.
struct dead_filter {
    std::string reason;                                          // empty: any
    std::optional<uuid> id;                                      // the request's or the message's
    std::optional<std::chrono::system_clock::time_point> after;  // at this time or later
    std::optional<std::chrono::system_clock::time_point> before;

    bool matches_all() const noexcept { return reason.empty() && !id && !after && !before; }
    // A message of which no time is known matches no time.
    bool matches(const dead_letter& letter) const;
};

// The flags that read_filter() reads, and `more`.
std::vector<std::string> filter_flags(std::vector<std::string> more = {});

// Throws exit_with usage for values that are none.
dead_filter read_filter(const flags& given);

// As read_filter(), for a command that changes the queue: it must say what it is about, by filters
// or by --all, and that it is meant, by --yes or --dry-run.
dead_filter read_filter_of_change(const flags& given, const std::string& command);

}  // namespace otp
