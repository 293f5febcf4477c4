#include "common/job/outcome_event.hpp"

#include "common/core/rfc3339.hpp"

#include <rapidjson/stringbuffer.h>
#include <rapidjson/writer.h>

namespace otp {

namespace {

using json_writer = rapidjson::Writer<rapidjson::StringBuffer>;

void write_text(json_writer& to, std::string_view name, std::string_view value) {
    to.Key(name.data(), static_cast<rapidjson::SizeType>(name.size()));
    if (value.empty())
        to.Null();
    else
        to.String(value.data(), static_cast<rapidjson::SizeType>(value.size()));
}

std::string text_of(const std::optional<uuid>& id) {
    return id ? to_string(*id) : std::string();
}

}  // namespace

std::string routing_key(const outcome_event& event) {
    std::string key(event.kind);
    key += '.';
    key += event.status;
    return key;
}

std::string write_event(const outcome_event& event) {
    rapidjson::StringBuffer buffer;
    json_writer to(buffer);
    to.StartObject();
    to.Key("version");
    to.Int(1);
    write_text(to, "event", routing_key(event));
    write_text(to, "request_id", text_of(event.request_id));
    write_text(to, "verification_id", text_of(event.verification_id));
    write_text(to, "tenant", event.tenant);
    write_text(to, "user", event.user.value_or(""));
    write_text(to, "purpose", event.purpose);
    write_text(to, "at", format_rfc3339(std::chrono::floor<std::chrono::milliseconds>(event.at)));
    write_text(to, "provider", event.provider);
    write_text(to, "channel", event.channel);
    write_text(to, "reason", event.reason);
    to.EndObject();
    return {buffer.GetString(), buffer.GetSize()};
}

}  // namespace otp
