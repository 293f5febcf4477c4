#pragma once

#include "common/amqp/codec/message.hpp"
#include "common/core/uuid.hpp"

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>

// What a message on otp.dead tells about itself (contracts, section 3).
namespace otp {

struct dead_letter {
    // What is known about when it died. The broker notes the time of its own verdicts in x-death; a
    // worker notes none, so that the producer's timestamp, or the last pause on a delay queue, must
    // do.
    enum class time_source { none, death, timestamp };

    std::string reason;  // a word of docs/errors.md, or "unknown"
    std::string detail;  // fit for a terminal, without a number
    time_source time_is = time_source::none;
    std::chrono::system_clock::time_point time;
    std::optional<uuid> request_id;  // of the body
    std::optional<uuid> message_id;
    std::uint64_t size = 0;  // of the body
    bool cut = false;        // the body is not whole
};

dead_letter read_dead_letter(const amqp::delivery& message);

// "died" for the broker's word, "sent" for the producer's, "-".
std::string_view to_string(dead_letter::time_source source);

// Why it cannot be published again; empty where it can.
std::string_view why_not_replayed(const dead_letter& letter);

// The job as it was when it first lay on its queue: its own properties, headers and body, without
// what workers and the broker noted on its way to otp.dead.
amqp::outgoing_message revive(amqp::delivery message);

}  // namespace otp
