#pragma once

#include <algorithm>
#include <chrono>
#include <optional>

namespace otp {

// From what the age of the oldest job is told. Each is a span until now, and empty where there is
// none.
struct job_ages {
    using span = std::optional<std::chrono::milliseconds>;

    span held;        // since the oldest job that waits in this process was asked for
    span queued;      // since messages have waited on the queue without a break
    span last_taken;  // since the job that was taken last was asked for
};

// How long the oldest job that is not begun has waited, zero where none is. The queue shows nothing
// of the jobs on it. But it is in order: its first came after the one that was taken last, and no
// earlier than the queue began to fill.
inline std::chrono::milliseconds oldest_job(const job_ages& ages) {
    using std::chrono::milliseconds;
    milliseconds oldest = ages.held.value_or(milliseconds::zero());
    if (ages.queued)
        oldest = std::max(oldest, std::min(*ages.queued, ages.last_taken.value_or(*ages.queued)));
    return std::max(oldest, milliseconds::zero());
}

}  // namespace otp
