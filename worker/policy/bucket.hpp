#pragma once

#include <chrono>

namespace otp {

// A provider's rate: at most `per_second` calls a second, evenly, with bursts of a tenth of a
// second's worth; 0 is without limit. A provider that says "slow down" pauses it whatever the rate.
// A value: time is an argument and must not go back.
class bucket {
public:
    using time_point = std::chrono::steady_clock::time_point;

    // Throws std::invalid_argument for a negative rate.
    explicit bucket(double per_second = 0);

    // Zero where a call may begin now.
    std::chrono::milliseconds wait(time_point now) const noexcept;

    // Counts one call, whether there was room or not.
    void take(time_point now) noexcept;

    // No call before `until`; an earlier, longer pause stays.
    void pause(time_point until) noexcept;

private:
    std::chrono::nanoseconds apart_{0};  // between two calls at the full rate
    std::chrono::nanoseconds burst_{0};  // how far calls may run ahead of that
    time_point due_{};                   // when the next call is due at the full rate
    time_point paused_until_{};
};

}  // namespace otp
