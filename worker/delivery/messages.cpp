#include "worker/delivery/messages.hpp"

#include "common/amqp/topology.hpp"

namespace otp {

namespace {

// RabbitMQ notes each return from a retry queue in the headers, which must fit into one frame of
// 128 KiB (its default): what stays under this still fits after all of them.
constexpr std::size_t most_headers = 120 * 1024;

// By these a message goes to further queues: they would get it again with each return.
bool is_further_address(std::string_view name) {
    return name == "CC" || name == "BCC";
}

bool is_nothing_of_ours(std::string_view name) {
    return name != "traceparent";
}

std::string headers_to_put_back(std::string_view raw) {
    auto kept = amqp::without(raw, is_further_address);
    return kept.size() > most_headers ? amqp::without(kept, is_nothing_of_ours) : kept;
}

}  // namespace

amqp::outgoing_message put_back(
    const amqp::delivery& received,
    std::string_view queue,
    std::uint32_t delay_ms,
    std::chrono::system_clock::time_point requested_at
) {
    amqp::outgoing_message message;
    message.exchange = amqp::retry_name(delay_ms);
    message.routing_key = queue;
    message.properties = received.properties;
    message.properties.raw_headers = headers_to_put_back(received.properties.raw_headers);
    message.properties.delivery_mode = 2;
    message.properties.expiration.clear();
    if (!message.properties.timestamp)
        message.properties.timestamp =
            static_cast<std::uint64_t>(std::chrono::system_clock::to_time_t(requested_at));
    message.body = received.body;
    return message;
}

amqp::outgoing_message dead_letter(
    const amqp::delivery& received,
    std::string_view reason,
    std::string_view detail
) {
    amqp::outgoing_message message;
    message.exchange = "otp.dead";
    message.routing_key = "dead";
    message.properties = received.properties;
    message.properties.delivery_mode = 2;
    message.properties.expiration.clear();
    message.properties.headers.emplace_back("x-otp-reason", std::string(reason));
    message.properties.headers.emplace_back("x-otp-detail", std::string(detail));
    if (received.routing_key != "send" && received.routing_key != "otp.send")
        message.properties.headers.emplace_back("x-otp-routing-key", received.routing_key);
    message.body = received.body;
    return message;
}

}  // namespace otp
