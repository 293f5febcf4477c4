#pragma once

#include "common/core/boot_clock.hpp"
#include "common/metrics/metrics.hpp"
#include "common/provider/outcome.hpp"
#include "common/store/delivery_store.hpp"
#include "worker/policy/gate.hpp"
#include "worker/policy/lane.hpp"

#include <chrono>
#include <cstddef>
#include <deque>
#include <string_view>

namespace otp {

// Why a message goes to a delay queue.
enum class put_back_reason { no_room, leased, in_doubt, retry };

// What a worker counts while jobs pass; what it looks at instead is in worker_gauges. Labels hold
// words of ours, of the providers' tables and countries only.
class worker_metrics {
public:
    explicit worker_metrics(metrics& in);

    // So that its counters are there before the first call.
    void know(const lane& one);

    // Jobs.
    void taken() { taken_.Increment(); }
    void begun(begin_verdict verdict, std::string_view reason);
    void waited(std::chrono::nanoseconds since_requested);  // until it was begun
    void put_back(put_back_reason why, std::chrono::milliseconds away);
    void buried(std::string_view reason) { buried_.of({reason}).Increment(); }
    void ended(std::string_view status, bool after_an_attempt);
    void would_refuse(std::string_view rules);  // comma-separated
    void abuse_exceeded(std::string_view kind) { abuse_exceeded_.of({kind}).Increment(); }

    // Provider calls.
    void passed_over(const lane& one, held_by why);
    void called(const lane& one, std::chrono::nanoseconds took);
    void sent(
        std::string_view provider,
        std::string_view channel,
        std::string_view country,
        const outcome& how
    );
    void looked_up(std::string_view provider, std::string_view channel, std::string_view result);

    // Statements and messages for many jobs at once. `stage`: begin, finish, expire or publish.
    void batch(std::string_view stage, std::size_t jobs);
    void asked_store(std::string_view call, std::chrono::nanoseconds took);

    // Jobs that are away because an attempt is in doubt.
    std::size_t doubts_open(boot_clock::time_point now);

private:
    void forget_doubts(boot_clock::time_point until);  // those that came back

    prometheus::Counter& taken_;
    counter_family begun_;
    prometheus::Histogram& queue_wait_;
    counter_family deliveries_;
    counter_family deadline_misses_;
    counter_family put_back_;
    counter_family buried_;
    counter_family would_refuse_;
    counter_family abuse_exceeded_;
    counter_family passed_over_;
    histogram_family call_time_;
    counter_family attempts_;
    counter_family accepted_;
    counter_family segments_;
    counter_family look_ups_;
    histogram_family batch_;
    histogram_family store_time_;
    std::deque<boot_clock::time_point> doubts_;  // when each comes back
};

}  // namespace otp
