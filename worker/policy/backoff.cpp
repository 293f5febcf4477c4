#include "worker/policy/backoff.hpp"

#include "common/amqp/retry_delays.hpp"

#include <algorithm>
#include <cmath>
#include <iterator>

namespace otp {

using std::chrono::milliseconds;

milliseconds delay_queue_for(milliseconds wanted) noexcept {
    const auto& queues = amqp::retry_delays_ms;
    const auto* const last = std::prev(std::end(queues));
    return milliseconds(*std::lower_bound(std::begin(queues), last, wanted.count()));
}

milliseconds longest_backoff(int attempt) noexcept {
    return milliseconds(1000 << (std::clamp(attempt, 1, 4) - 1));
}

milliseconds backoff(int attempt, double fraction) noexcept {
    const auto longest = static_cast<double>(longest_backoff(attempt).count());
    return milliseconds(static_cast<milliseconds::rep>(std::floor(longest * fraction)));
}

}  // namespace otp
