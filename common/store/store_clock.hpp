#pragma once

#include "common/core/boot_clock.hpp"

#include <chrono>

namespace otp {

// The database's wall clock, carried on by CLOCK_BOOTTIME from when it was told last. Whether a job
// is from the future is judged by it, and when one that says nothing was asked for: this machine's
// own wall clock may be wrong by an hour, and all jobs would be refused or die for it.
class store_clock {
public:
    using time_point = std::chrono::system_clock::time_point;

    // `asked_at` is from before the question: while the answer was on its way, time went on.
    void told(time_point now, boot_clock::time_point asked_at) noexcept {
        ahead_ = now.time_since_epoch() - asked_at.time_since_epoch();
    }

    time_point at(boot_clock::time_point moment) const noexcept {
        return time_point(
            std::chrono::duration_cast<time_point::duration>(moment.time_since_epoch() + ahead_)
        );
    }

    time_point now() const noexcept { return at(boot_clock::now()); }

private:
    boot_clock::duration ahead_{0};  // of the boot clock
};

}  // namespace otp
