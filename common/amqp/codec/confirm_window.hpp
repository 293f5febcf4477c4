#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <string>
#include <string_view>
#include <utility>

namespace otp::amqp {

// What became of a published message.
enum class publish_result {
    confirmed,   // the broker has it, on disk where it is persistent
    nacked,      // the broker refused it, as a full queue does
    unroutable,  // mandatory, and no queue takes it
    unknown,     // sent, and no word came in time: the broker may have it or not
    not_sent,    // not one octet was sent: the broker was away or blocking, or it was too late
};

// Its name above, for logs and metrics.
constexpr std::string_view to_string(publish_result result) {
    constexpr std::string_view names[] =
        {"confirmed", "nacked", "unroutable", "unknown", "not_sent"};
    return names[static_cast<std::size_t>(result)];
}

// What a basic.return can be recognised by: it carries no sequence number.
struct routing_identity {
    std::string exchange;
    std::string routing_key;
    std::string message_id;

    bool operator==(const routing_identity&) const = default;
};

// Messages sent on a confirming channel and not yet settled, in order of their sequence numbers,
// which start at 1. `Owner` is whoever wants to know.
template <class Owner>
class confirm_window {
public:
    void sent(Owner owner, routing_identity identity) {
        entries_.push_back(entry{std::move(owner), std::move(identity)});
        ++unsettled_;
    }

    // Every unsettled message of that identity counts as returned. If several are under way, one
    // may have been routed all the same; reporting it as unroutable costs a repeat, the other
    // mistake would lose a message.
    void returned(const routing_identity& identity) {
        for (entry& e : entries_)
            if (!e.settled && e.identity == identity)
                e.returned = true;
    }

    // basic.ack or basic.nack; `settle(Owner, publish_result)` is called for each message it
    // covers. False where the sequence number was never used.
    template <class Settle>
    bool confirmed(std::uint64_t tag, bool multiple, bool acked, Settle settle) {
        if (tag >= oldest_ + entries_.size() || tag == 0)
            return false;
        if (tag < oldest_)
            return true;
        const std::size_t last = tag - oldest_;
        for (std::size_t i = multiple ? 0 : last; i <= last; ++i) {
            entry& e = entries_[i];
            if (std::exchange(e.settled, true))
                continue;
            --unsettled_;
            settle(std::exchange(e.owner, Owner{}), result_of(e, acked));
        }
        while (!entries_.empty() && entries_.front().settled) {
            entries_.pop_front();
            ++oldest_;
        }
        return true;
    }

    // The channel is gone: what was not settled stays unknown, and numbers start again.
    template <class Settle>
    void lost(Settle settle) {
        const std::deque<entry> gone = std::exchange(entries_, {});
        oldest_ = 1;
        unsettled_ = 0;
        for (const entry& e : gone)
            if (!e.settled)
                settle(e.owner, publish_result::unknown);
    }

    std::size_t unsettled() const noexcept { return unsettled_; }
    // With what was settled out of order behind an older one.
    std::size_t size() const noexcept { return entries_.size(); }

private:
    struct entry {
        Owner owner;
        routing_identity identity;
        bool returned = false;
        bool settled = false;
    };

    static publish_result result_of(const entry& e, bool acked) {
        if (!acked)
            return publish_result::nacked;
        return e.returned ? publish_result::unroutable : publish_result::confirmed;
    }

    std::uint64_t oldest_ = 1;
    std::size_t unsettled_ = 0;
    std::deque<entry> entries_;
};

}  // namespace otp::amqp
