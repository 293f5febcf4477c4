#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <vector>

namespace otp::amqp {

enum class verdict : std::uint8_t { ack, requeue };

// One frame to the broker. `multiple` only with ack: all tags up to this one.
struct verdict_frame {
    std::uint64_t tag = 0;
    verdict what = verdict::ack;
    bool multiple = false;
};

// The deliveries of one channel which the broker has not been told about, and how to tell it in
// the fewest frames: what is settled without a gap from the oldest on goes as one ack, what was
// settled behind a delivery in flight goes by itself at once. Holding it back would lend its share
// of the prefetch to one slow job; acking across the gap would ack the job in flight.
class ack_window {
public:
    // False where `tag` does not follow the one before: tags count from 1 without gaps, and a
    // broker that breaks that would be acked wrongly.
    bool delivered(std::uint64_t tag);

    // What became of a delivery. Unknown tags and second verdicts are ignored.
    void settle(std::uint64_t tag, verdict what);

    // The frames to send now, in order; each verdict is returned once.
    std::vector<verdict_frame> take_frames();

    // Deliveries whose verdict was not taken.
    std::size_t outstanding() const noexcept { return outstanding_; }

private:
    std::uint64_t oldest_ = 1;  // the tag of in_flight_.front()
    std::deque<bool> in_flight_;
    std::vector<verdict_frame> settled_;  // since the last take_frames(), which looks at no others
    std::size_t outstanding_ = 0;
};

}  // namespace otp::amqp
