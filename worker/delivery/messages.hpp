#pragma once

#include "common/amqp/codec/message.hpp"
#include "common/job/event_message.hpp"

#include <chrono>
#include <cstdint>
#include <string>
#include <string_view>

// The messages a worker publishes about a job (contracts, section 3).
namespace otp {

// The same message, back on `queue` after `delay_ms`, which is one of amqp::retry_delays_ms.
// Properties and headers stay, but for CC and BCC, which would copy it to other queues once more;
// where the headers leave no room for what the broker adds, only traceparent stays. `requested_at`
// goes into the timestamp where the message had none, so that waiting does not prolong the job's
// life.
amqp::outgoing_message put_back(
    const amqp::delivery& received,
    std::string_view queue,
    std::uint32_t delay_ms,
    std::chrono::system_clock::time_point requested_at
);

// The message as it came, onto otp.dead. `reason` is a word of docs/errors.md; `detail` names the
// field and what was expected. Of another queue than otp.send, the key it came by stays with it,
// for a replay.
amqp::outgoing_message dead_letter(
    const amqp::delivery& received,
    std::string_view reason,
    std::string_view detail
);

}  // namespace otp
