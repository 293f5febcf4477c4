#pragma once

#include <array>
#include <chrono>

namespace otp {

// The delay queues otp.retry.<milliseconds>; contracts, section 3.
inline constexpr std::array<std::chrono::milliseconds, 6> delay_queues{
    std::chrono::milliseconds(250),
    std::chrono::milliseconds(500),
    std::chrono::milliseconds(1000),
    std::chrono::milliseconds(2000),
    std::chrono::milliseconds(4000),
    std::chrono::milliseconds(8000)};

// The shortest queue that waits at least as long; the longest one for what no queue reaches: the
// job comes back early then and is put there again.
std::chrono::milliseconds delay_queue_for(std::chrono::milliseconds wanted) noexcept;

// The longest wait after attempt number `attempt` (from 1): 1, 2, 4, then 8 s.
std::chrono::milliseconds longest_backoff(int attempt) noexcept;

// The wait itself, with full jitter so that jobs that failed together do not come back together.
// `fraction` is even in [0, 1).
std::chrono::milliseconds backoff(int attempt, double fraction) noexcept;

}  // namespace otp
