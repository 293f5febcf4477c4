#include "common/job/job_message.hpp"

namespace otp {

amqp::outgoing_message job_message(
    const uuid& request_id,
    std::string body,
    const std::optional<std::string>& traceparent,
    std::chrono::system_clock::time_point now,
    std::string routing_key
) {
    amqp::outgoing_message message;
    message.exchange = "otp";
    message.routing_key = std::move(routing_key);
    message.properties.content_type = "application/json";
    message.properties.type = "send-otp";
    message.properties.message_id = to_string(request_id);
    message.properties.timestamp =
        static_cast<std::uint64_t>(std::chrono::system_clock::to_time_t(now));
    if (traceparent)
        message.properties.headers.emplace_back("traceparent", *traceparent);
    message.body = std::move(body);
    return message;
}

}  // namespace otp
