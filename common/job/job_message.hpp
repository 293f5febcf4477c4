#pragma once

#include "common/amqp/codec/message.hpp"
#include "common/core/uuid.hpp"

#include <chrono>
#include <optional>
#include <string>

namespace otp {

// A send-otp job as an AMQP message to exchange `otp` (contracts, section 3). `body` is what
// write_job gives; `routing_key` is "send", or the name of a queue of one's own.
amqp::outgoing_message job_message(
    const uuid& request_id,
    std::string body,
    const std::optional<std::string>& traceparent,
    std::chrono::system_clock::time_point now,
    std::string routing_key = "send"
);

}  // namespace otp
