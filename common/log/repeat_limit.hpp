#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <map>
#include <string>
#include <string_view>
#include <vector>

namespace otp::log {

// Lets so many lines of one event through in each span, and counts the others: what fails a
// thousand times a second must not fill a disk, nor hide what else is logged. A value: time is an
// argument and must not go back.
class repeat_limit {
public:
    using time_point = std::chrono::steady_clock::time_point;
    static constexpr std::uint32_t most = 10;
    static constexpr std::chrono::seconds span{10};

    struct left_out {
        std::string event;
        std::uint64_t lines = 0;
    };

    // Whether this line is to be written.
    bool admits(std::string_view event, time_point now);

    // The events whose span is over and that had more lines than were let through; each is told
    // once.
    std::vector<left_out> take_left_out(time_point now);

    // The earliest moment at which take_left_out() has something to tell; max: never.
    time_point due() const noexcept { return due_; }

private:
    struct seen {
        time_point since;
        std::uint64_t lines = 0;
    };
    std::map<std::string, seen, std::less<>> events_;
    time_point due_ = time_point::max();
};

}  // namespace otp::log
