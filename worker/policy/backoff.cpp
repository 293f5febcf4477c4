#include "worker/policy/backoff.hpp"

#include <algorithm>
#include <cmath>

namespace otp {

using std::chrono::milliseconds;

milliseconds delay_queue_for(milliseconds wanted) noexcept {
    const auto queue = std::ranges::lower_bound(delay_queues, wanted);
    return queue == delay_queues.end() ? delay_queues.back() : *queue;
}

milliseconds longest_backoff(int attempt) noexcept {
    return milliseconds(1000 << (std::clamp(attempt, 1, 4) - 1));
}

milliseconds backoff(int attempt, double fraction) noexcept {
    const auto longest = static_cast<double>(longest_backoff(attempt).count());
    return milliseconds(static_cast<milliseconds::rep>(std::floor(longest * fraction)));
}

}  // namespace otp
