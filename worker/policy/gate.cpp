#include "worker/policy/gate.hpp"

#include <algorithm>

namespace otp {

namespace {

// Where a provider says "slow down" without saying for how long.
constexpr std::chrono::seconds unnamed_pause{1};

// A wrong Retry-After must not silence a provider for a day.
constexpr std::chrono::seconds longest_pause{60};

// A call ends soon when the cap is reached: ask again after the shortest delay queue.
constexpr std::chrono::milliseconds cap_wait{250};

}  // namespace

gate::gate(gate_limits limits)
    : breaker_(limits.breaks),
      bucket_(limits.max_per_second),
      most_in_flight_(limits.most_in_flight) {}

std::chrono::milliseconds gate::wait(time_point now) const noexcept {
    const auto cap = in_flight_ < most_in_flight_ ? std::chrono::milliseconds::zero() : cap_wait;
    return std::max({breaker_.wait(now), bucket_.wait(now), cap});
}

breaker::call gate::begin(time_point now) noexcept {
    ++in_flight_;
    bucket_.take(now);
    return breaker_.begin(now);
}

void gate::end(breaker::call one, const outcome& how, time_point now) noexcept {
    --in_flight_;
    breaker_.end(one, call_end_of(how), now);
    if (how.why == fault::rate || how.retry_after)
        bucket_.pause(now + std::min(how.retry_after.value_or(unnamed_pause), longest_pause));
}

void gate::abandon(breaker::call one) noexcept {
    --in_flight_;
    breaker_.abandon(one);
}

}  // namespace otp
