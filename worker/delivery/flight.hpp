#pragma once

#include "common/amqp/codec/message.hpp"
#include "common/async/deadline.hpp"
#include "common/core/boot_clock.hpp"
#include "common/core/secret.hpp"
#include "common/core/uuid.hpp"
#include "common/job/send_job.hpp"
#include "common/limits/send_policy.hpp"
#include "common/provider/outcome.hpp"
#include "common/store/delivery_store.hpp"
#include "worker/delivery/provider_lines.hpp"
#include "worker/policy/lane.hpp"
#include "worker/policy/next_step.hpp"
#include "worker/text/text_template.hpp"

#include <chrono>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace otp {

// One job on its way through this process, from the broker's delivery to the ack.
struct flight {
    flight(amqp::delivery message, send_job parsed, const text_template& text)
        : received(std::move(message)),
          job(std::move(parsed)),
          words(&text) {}

    // Too little of its life is left for a text, whoever has room.
    bool is_late() const { return job_dies < boot_clock::now() + least_life; }

    amqp::delivery received;
    send_job job;
    const text_template* words;
    std::optional<std::string> traceparent;
    boot_clock::time_point job_dies = boot_clock::time_point::max();  // its deadline
    bool left_to_begin = false;  // late, and more is to be said of it than that it is
    bool in_flight = false;      // it holds one of the places in flight

    route_result route;          // as it was when the job was begun
    place held;                  // on the line that was to take it
    judgement judged;            // by the rules that are not the store's
    std::string_view barred;     // why this worker may not send it; empty: it may
    std::string_view unwritten;  // why this worker can make no text for it; empty: it can

    // The code of this request's own generation, made before begin and used where begin says that
    // this request opened it.
    secret own_code;
    std::string own_code_key;

    // What begin, or finish for a further attempt, decided.
    std::string owner;
    std::optional<uuid> verification_id;
    uuid seed;
    std::string code_key_id;
    int code_length = 0;
    int attempt = 0;
    std::string provider;
    std::string channel;
    boot_clock::time_point
        write_before;  // no byte leaves from then on: the lease would be near its end
    deadline code_dies;

    // Of this process; what others met before, the database knows.
    std::vector<lane> counted;     // attempts that use up the budget
    std::vector<lane> refused_by;  // those that said no for good
    std::vector<lane> barred_by;   // those that said no for their whole channel
    std::chrono::steady_clock::time_point attempt_began;
    std::chrono::steady_clock::time_point first_counted_began;
    outcome last;
    bool doubt_met_at_begin = false;  // `last` is the doubt another process left
    std::chrono::system_clock::time_point doubtful_since;  // by the database's clock
};

inline lane lane_of(const flight& job) {
    return {job.provider, parse_channel(job.channel).value_or(channel::sms)};
}

// This attempt uses up the budget.
inline void count_attempt(flight& job) {
    if (job.counted.empty())
        job.first_counted_began = job.attempt_began;
    job.counted.push_back(lane_of(job));
}

// What the end of this attempt forbids those that follow.
inline void remember_refusal(flight& job) {
    if (job.last.end == attempt_end::refused && !job.last.retry)
        job.refused_by.push_back(lane_of(job));
    if (bars_channel(job.last))
        job.barred_by.push_back(lane_of(job));
}

using flight_ptr = std::unique_ptr<flight>;

// What is left to do for a message once the database knows: publish this, confirmed, then ack.
struct settlement {
    std::uint64_t tag = 0;
    std::uint64_t epoch = 0;
    amqp::outgoing_message message;
    std::optional<refused_outcome> outcome = {};  // of which the message tells
    bool is_flight = false;                       // it holds one of the places in flight
    std::chrono::milliseconds pause{0};           // before it was tried last
};

}  // namespace otp
