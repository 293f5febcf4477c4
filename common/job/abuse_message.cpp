#include "common/job/abuse_message.hpp"

#include "common/core/rfc3339.hpp"

#include <rapidjson/stringbuffer.h>
#include <rapidjson/writer.h>

#include <string>

namespace otp {

namespace {

using json_writer = rapidjson::Writer<rapidjson::StringBuffer>;

void write(json_writer& to, std::string_view name, std::string_view value) {
    to.Key(name.data(), static_cast<rapidjson::SizeType>(name.size()));
    to.String(value.data(), static_cast<rapidjson::SizeType>(value.size()));
}

void write(json_writer& to, std::string_view name, int value) {
    to.Key(name.data(), static_cast<rapidjson::SizeType>(name.size()));
    to.Int(value);
}

}  // namespace

amqp::outgoing_message abuse_message(const abuse_event& event) {
    const auto key = "abuse." + std::string(event.kind);
    rapidjson::StringBuffer buffer;
    json_writer to(buffer);
    to.StartObject();
    write(to, "version", 1);
    write(to, "event", key);
    write(to, "tenant", event.tenant);
    write(to, "subject", event.subject);
    write(to, "window", event.span);
    write(to, "unverified", event.unverified);
    write(to, "verified", event.verified);
    write(to, "allowed", event.allowed);
    write(to, "at", format_rfc3339(std::chrono::floor<std::chrono::milliseconds>(event.at)));
    to.EndObject();
    amqp::outgoing_message message;
    message.exchange = "otp.events";
    message.routing_key = key;
    message.mandatory = false;
    message.properties.content_type = "application/json";
    message.properties.type = "otp-event";
    message.body.assign(buffer.GetString(), buffer.GetSize());
    return message;
}

}  // namespace otp
