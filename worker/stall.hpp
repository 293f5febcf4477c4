#pragma once

#include <chrono>
#include <cstddef>
#include <optional>

namespace otp {

// Whether work waits that this process does not take: messages are ready on the queue, and none was
// taken for 10 s, though the consumer may be registered and the connection alive. A value: time is
// an argument.
class stall {
public:
    using time_point = std::chrono::steady_clock::time_point;
    static constexpr std::chrono::seconds limit{10};

    // What a look at the queue found.
    void saw(std::size_t waiting, time_point now) noexcept {
        if (waiting == 0)
            waiting_since_.reset();
        else if (!waiting_since_)
            waiting_since_ = now;
    }

    // The queue could not be looked at; nothing is known then.
    void saw_nothing() noexcept { waiting_since_.reset(); }

    // Since when messages have waited, without a look that found none.
    const std::optional<time_point>& waiting_since() const noexcept { return waiting_since_; }

    bool is_stalled(time_point last_taken, time_point now) const noexcept {
        return waiting_since_ && now - *waiting_since_ >= limit && now - last_taken >= limit;
    }

private:
    std::optional<time_point> waiting_since_;
};

}  // namespace otp
