#pragma once

#include <chrono>

namespace otp {

// The shortest of amqp::retry_delays_ms that is at least as long; the longest one for what none
// reaches: the job comes back early then and is put there again.
std::chrono::milliseconds delay_queue_for(std::chrono::milliseconds wanted) noexcept;

// The longest wait after attempt number `attempt` (from 1): 1, 2, 4, then 8 s.
std::chrono::milliseconds longest_backoff(int attempt) noexcept;

// The wait itself, with full jitter so that jobs that failed together do not come back together.
// `fraction` is even in [0, 1).
std::chrono::milliseconds backoff(int attempt, double fraction) noexcept;

}  // namespace otp
