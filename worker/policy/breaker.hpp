#pragma once

#include "common/provider/outcome.hpp"

#include <array>
#include <chrono>
#include <cstdint>

namespace otp {

// When a lane is left alone. Figures of the design: a provider that is down fails every call, one
// that is ill a tenth; a minute is what their short faults take.
struct breaker_limits {
    std::uint32_t failures = 50;    // in the last 60 s, and
    std::uint32_t percent = 10;     // of the calls of that time
    std::uint32_t in_a_row = 10;    // or these
    std::chrono::seconds rest{60};  // then one probe
};

// What one call said about the lane, and not about the message.
enum class call_end {
    answered,  // accepted, refused or slowed down
    failed,    // not reached, or in doubt
    account,   // our account is refused: every call would be
};

call_end call_end_of(const outcome& end) noexcept;

// Circuit breaker of one lane. A value: time is an argument and must not go back.
class breaker {
public:
    using time_point = std::chrono::steady_clock::time_point;

    // A call under way. What a call begun before the breaker opened says later neither closes it
    // nor makes it rest longer.
    struct call {
        std::uint32_t era = 0;
        bool probe = false;
    };

    explicit breaker(breaker_limits limits = {}) : limits_(limits) {}

    // Zero where a call may begin now. While the one probe is under way: the whole rest.
    std::chrono::milliseconds wait(time_point now) const noexcept;
    bool is_open() const noexcept { return open_; }

    // Only after wait() was zero. Every call ends in exactly one of the two.
    call begin() noexcept;
    void end(call one, call_end how, time_point now) noexcept;
    void abandon(call one) noexcept;  // it was not made after all

private:
    struct second {
        std::int64_t at = -1;  // which second of the clock is counted here
        std::uint32_t calls = 0;
        std::uint32_t failures = 0;
    };

    void count(call_end how, time_point now) noexcept;
    bool is_too_much(time_point now) const noexcept;
    void open(time_point now) noexcept;
    void close() noexcept;

    breaker_limits limits_;
    std::array<second, 60> window_{};
    std::uint32_t row_ = 0;
    std::uint32_t era_ = 0;
    bool open_ = false;
    bool probing_ = false;
    time_point probe_from_{};
};

}  // namespace otp
