#pragma once

#include "common/amqp/codec/message.hpp"
#include "common/job/outcome_event.hpp"

#include <optional>
#include <string>

namespace otp {

// The event as a message to exchange otp.events (contracts, section 3). Nobody need listen.
amqp::outgoing_message event_message(
    const outcome_event& event,
    const std::optional<std::string>& traceparent
);

}  // namespace otp
