#include "common/job/abuse_message.hpp"

#include "common/core/rfc3339.hpp"
#include "common/json/json_writer.hpp"

namespace otp {

amqp::outgoing_message abuse_message(const abuse_event& event) {
    const auto key = "abuse." + event.kind;
    json_writer to;
    to.member("version", 1).member("event", key);
    to.member("tenant", event.tenant).member("subject", event.subject).member("window", event.span);
    to.member("unverified", event.unverified).member("verified", event.verified);
    to.member("allowed", event.allowed);
    to.member("at", format_rfc3339(std::chrono::floor<std::chrono::milliseconds>(event.at)));
    amqp::outgoing_message message;
    message.exchange = "otp.events";
    message.routing_key = key;
    message.mandatory = false;
    message.properties.content_type = "application/json";
    message.properties.type = "otp-event";
    message.body = to.take();
    return message;
}

}  // namespace otp
