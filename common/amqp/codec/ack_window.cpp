#include "common/amqp/codec/ack_window.hpp"

#include <algorithm>
#include <utility>

namespace otp::amqp {

bool ack_window::delivered(std::uint64_t tag) {
    if (tag != oldest_ + in_flight_.size())
        return false;
    in_flight_.push_back(true);
    ++outstanding_;
    return true;
}

void ack_window::settle(std::uint64_t tag, verdict what) {
    if (tag < oldest_ || tag - oldest_ >= in_flight_.size())
        return;
    if (std::exchange(in_flight_[tag - oldest_], false))
        settled_.push_back({tag, what, false});
}

std::vector<verdict_frame> ack_window::take_frames() {
    while (!in_flight_.empty() && !in_flight_.front()) {
        in_flight_.pop_front();
        ++oldest_;
    }
    outstanding_ -= settled_.size();
    std::vector<verdict_frame> frames;
    std::uint64_t last_of_prefix = 0;
    std::size_t acks_of_prefix = 0;
    for (const verdict_frame& one : std::exchange(settled_, {})) {
        if (one.what == verdict::ack && one.tag < oldest_) {
            last_of_prefix = std::max(last_of_prefix, one.tag);
            ++acks_of_prefix;
        } else {
            frames.push_back(one);
        }
    }
    // Last, so that what was put back inside the prefix is no longer outstanding when it comes.
    if (acks_of_prefix != 0)
        frames.push_back({last_of_prefix, verdict::ack, acks_of_prefix > 1});
    return frames;
}

}  // namespace otp::amqp
