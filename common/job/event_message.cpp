#include "common/job/event_message.hpp"

namespace otp {

amqp::outgoing_message event_message(
    const outcome_event& event,
    const std::optional<std::string>& traceparent
) {
    amqp::outgoing_message message;
    message.exchange = "otp.events";
    message.routing_key = routing_key(event);
    message.mandatory = false;
    message.properties.content_type = "application/json";
    message.properties.type = "otp-event";
    if (traceparent)
        message.properties.headers.emplace_back("traceparent", *traceparent);
    message.body = write_event(event);
    return message;
}

}  // namespace otp
