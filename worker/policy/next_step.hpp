#pragma once

#include "common/provider/outcome.hpp"
#include "worker/policy/route.hpp"

#include <chrono>
#include <string>
#include <vector>

namespace otp {

// Limits of one job; design, "Outcomes and what follows".
inline constexpr int most_attempts = 4;
inline constexpr int most_attempts_per_provider = 2;
inline constexpr std::chrono::seconds call_limit{10};    // one provider call, from its start
inline constexpr std::chrono::seconds sending_time{60};  // since the first counted attempt
inline constexpr std::chrono::seconds least_life{30};  // a code with less left is not texted again

// What a job has behind it and before it when an attempt ends.
struct send_progress {
    lane used;  // by which this attempt went
    // Of all counted attempts, oldest first; this one stands last unless it is not counted.
    std::vector<lane> counted;
    std::chrono::milliseconds since_first{0};  // since the first of them began
    std::chrono::milliseconds remaining{0};    // life of job and code
};

// Not where nothing was sent because of a provider that said "slow down", or of this worker: the
// attempt uses up no budget.
bool is_counted(const outcome& end) noexcept;

// Refused in a way that forbids every provider on the same channel, for the rest of the job.
bool bars_channel(const outcome& end) noexcept;

enum class next_kind {
    await_receipt,  // accepted: nothing more to do now
    reconcile,      // in doubt: nothing is sent before that is settled
    send_at_once,   // by the first of `lanes` that has room
    send_later,     // by way of the delay queue of `delay`
    fail,           // for `reason`
};

struct next_step {
    next_kind what = next_kind::fail;
    std::vector<lane> lanes;
    // One of amqp::retry_delays_ms. With send_at_once: what is left where the database, which knows
    // what other processes tried, takes none of `lanes`; zero: nothing is.
    std::chrono::milliseconds delay{0};
    // A code of the provider, a word of the outcome, "attempts_spent", or "expired": nothing was
    // texted in time.
    std::string reason;
};

// What follows an attempt. Lanes not yet tried are asked at once, other providers before other
// channels; a lane that was tried is asked again after a pause: even in 0 to 1, 2, 4, 8 s, and not
// before a Retry-After where no other lane is left. `route` is of now; `fraction` is even in [0,
// 1).
next_step after_attempt(
    const outcome& end,
    const send_progress& progress,
    const route_result& route,
    double fraction
);

// What follows an attempt in doubt that nothing settled: the same code by another provider, at once
// where one has room, and never by the same one, which may have sent it. Fails with "in_doubt"
// where there is no other, or no time.
next_step after_doubt(
    const outcome& end,
    const send_progress& progress,
    const route_result& route,
    double fraction
);

}  // namespace otp
