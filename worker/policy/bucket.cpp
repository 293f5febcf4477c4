#include "worker/policy/bucket.hpp"

#include <algorithm>
#include <stdexcept>

namespace otp {

using std::chrono::milliseconds;
using std::chrono::nanoseconds;

bucket::bucket(double per_second) {
    if (!(per_second >= 0))
        throw std::invalid_argument("bucket: a rate of calls per second must not be negative");
    if (per_second == 0)
        return;
    apart_ = nanoseconds(static_cast<nanoseconds::rep>(1e9 / per_second));
    burst_ = std::max(nanoseconds(milliseconds(100)) - apart_, nanoseconds::zero());
}

milliseconds bucket::wait(time_point now) const noexcept {
    const time_point from = std::max(due_ - burst_, paused_until_);
    return std::max(milliseconds::zero(), std::chrono::ceil<milliseconds>(from - now));
}

void bucket::take(time_point now) noexcept {
    due_ = std::max(due_, now) + apart_;
}

void bucket::pause(time_point until) noexcept {
    paused_until_ = std::max(paused_until_, until);
}

}  // namespace otp
