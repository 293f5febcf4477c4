#include "common/amqp/codec/ack_window.hpp"

namespace otp::amqp {

bool ack_window::delivered(std::uint64_t tag) {
    if (tag != oldest_ + states_.size())
        return false;
    states_.push_back(state::in_flight);
    ++outstanding_;
    return true;
}

void ack_window::settle(std::uint64_t tag, verdict what) {
    if (tag < oldest_ || tag - oldest_ >= states_.size())
        return;
    state& current = states_[tag - oldest_];
    if (current != state::in_flight)
        return;
    switch (what) {
    case verdict::ack:
        current = state::acked;
        break;
    case verdict::reject:
        current = state::rejected;
        break;
    case verdict::requeue:
        current = state::requeued;
        break;
    }
    changed_ = true;
}

std::vector<verdict_frame> ack_window::take_frames() {
    std::vector<verdict_frame> frames;
    if (!changed_)
        return frames;
    changed_ = false;

    std::uint64_t last_of_prefix = 0;
    std::size_t acks_of_prefix = 0;
    bool in_prefix = true;
    for (std::size_t i = 0; i < states_.size(); ++i) {
        const std::uint64_t tag = oldest_ + i;
        const state current = states_[i];
        if (current == state::in_flight) {
            in_prefix = false;
            continue;
        }
        if (current == state::told)
            continue;
        states_[i] = state::told;
        --outstanding_;
        if (current == state::acked && in_prefix) {
            last_of_prefix = tag;
            ++acks_of_prefix;
        } else if (current == state::acked) {
            frames.push_back({tag, verdict::ack, false});
        } else {
            const bool requeue = current == state::requeued;
            frames.push_back({tag, requeue ? verdict::requeue : verdict::reject, false});
        }
    }
    // Last, so that what was refused inside the prefix is no longer outstanding when it comes.
    if (acks_of_prefix != 0)
        frames.push_back({last_of_prefix, verdict::ack, acks_of_prefix > 1});
    while (!states_.empty() && states_.front() == state::told) {
        states_.pop_front();
        ++oldest_;
    }
    return frames;
}

}  // namespace otp::amqp
