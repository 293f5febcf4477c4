#pragma once

#include <chrono>
#include <ctime>

namespace otp {

// CLOCK_BOOTTIME: goes on while the machine sleeps and while the process is stopped, and no clock
// step moves it. A lease is counted on it, so a process that was stopped finds its lease gone when
// it wakes.
struct boot_clock {
    using duration = std::chrono::nanoseconds;
    using rep = duration::rep;
    using period = duration::period;
    using time_point = std::chrono::time_point<boot_clock>;
    static constexpr bool is_steady = true;

    static time_point now() noexcept {
        std::timespec t{};
        ::clock_gettime(CLOCK_BOOTTIME, &t);
        return time_point(std::chrono::seconds(t.tv_sec) + std::chrono::nanoseconds(t.tv_nsec));
    }
};

}  // namespace otp
