#pragma once

#include "common/provider/outcome.hpp"
#include "worker/policy/breaker.hpp"
#include "worker/policy/bucket.hpp"

#include <chrono>
#include <cstddef>

namespace otp {

struct gate_limits {
    breaker_limits breaks;
    double max_per_second = 0;         // 0: without limit
    std::size_t most_in_flight = 512;  // calls under way
};

// A wrong Retry-After must not silence a provider for a day.
inline constexpr std::chrono::seconds longest_slow_down{60};

// What of it says that no call may begin now.
enum class held_by { nothing, paused, breaker, rate, in_flight };

// What stands before one lane: its breaker, its rate and its cap of calls under way. A value: time
// is an argument and must not go back.
class gate {
public:
    using time_point = std::chrono::steady_clock::time_point;

    explicit gate(gate_limits limits = {});

    // Zero where a call may begin now, else when to ask again: what `route` wants to know.
    std::chrono::milliseconds wait(time_point now) const noexcept;
    held_by what_holds(time_point now) const noexcept;
    bool is_open() const noexcept { return breaker_.is_open(); }  // the breaker: nothing passes
    std::size_t in_flight() const noexcept { return in_flight_; }

    // By an operator: no call begins, those under way end.
    void set_paused(bool paused) noexcept { paused_ = paused; }
    bool is_paused() const noexcept { return paused_; }

    // A place is taken before anything is waited for, so that a lane is not promised twice. Every
    // call ends in exactly one of the two.
    breaker::call begin(time_point now) noexcept;
    void end(breaker::call one, const outcome& how, time_point now) noexcept;
    void abandon(breaker::call one) noexcept;  // it was not made after all

private:
    breaker breaker_;
    bucket bucket_;
    std::size_t most_in_flight_;
    std::size_t in_flight_ = 0;
    bool paused_ = false;
};

}  // namespace otp
