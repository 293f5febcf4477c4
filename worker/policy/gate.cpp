#include "worker/policy/gate.hpp"

#include <algorithm>

namespace otp {

namespace {

// Where a provider says "slow down" without saying for how long.
constexpr std::chrono::seconds unnamed_pause{1};

// A call ends soon when the cap is reached: ask again after the shortest delay queue.
constexpr std::chrono::milliseconds cap_wait{250};

// Nobody knows how long an operator's pause is: a job looks again so often, and is on its way soon
// after the pause is over.
constexpr std::chrono::milliseconds look_again{2000};

}  // namespace

gate::gate(gate_limits limits)
    : breaker_(limits.breaks),
      bucket_(limits.max_per_second),
      most_in_flight_(limits.most_in_flight) {}

std::chrono::milliseconds gate::wait(time_point now) const noexcept {
    const auto cap = in_flight_ < most_in_flight_ ? std::chrono::milliseconds::zero() : cap_wait;
    const auto pause = paused_ ? look_again : std::chrono::milliseconds::zero();
    return std::max({breaker_.wait(now), bucket_.wait(now), cap, pause});
}

held_by gate::what_holds(time_point now) const noexcept {
    if (paused_)
        return held_by::paused;
    if (breaker_.wait(now).count() != 0)
        return held_by::breaker;
    if (bucket_.wait(now).count() != 0)
        return held_by::rate;
    return in_flight_ < most_in_flight_ ? held_by::nothing : held_by::in_flight;
}

breaker::call gate::begin(time_point now) noexcept {
    ++in_flight_;
    bucket_.take(now);
    return breaker_.begin();
}

void gate::end(breaker::call one, const outcome& how, time_point now) noexcept {
    --in_flight_;
    breaker_.end(one, call_end_of(how), now);
    if (how.why == fault::rate || how.retry_after)
        bucket_.pause(now + std::min(how.retry_after.value_or(unnamed_pause), longest_slow_down));
}

void gate::abandon(breaker::call one) noexcept {
    --in_flight_;
    breaker_.abandon(one);
}

}  // namespace otp
