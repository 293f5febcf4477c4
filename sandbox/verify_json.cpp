#include "sandbox/verify_json.hpp"

#include "common/core/rfc3339.hpp"

#include <rapidjson/stringbuffer.h>
#include <rapidjson/writer.h>

namespace otp::sandbox {

namespace {

using writer = rapidjson::Writer<rapidjson::StringBuffer>;

void text(writer& json, const char* name, std::string_view value) {
    json.Key(name);
    json.String(value.data(), static_cast<rapidjson::SizeType>(value.size()));
}

// "2026-11-20T10:15:30Z", unlike the dates of the Messages resource.
void second(writer& json, const char* name, moment at) {
    text(json, name, format_rfc3339(at).substr(0, 19) + "Z");
}

void write_sends(writer& json, const std::vector<sent_code>& sends) {
    json.Key("send_code_attempts");
    json.StartArray();
    for (const auto& sent : sends) {
        json.StartObject();
        second(json, "time", sent.at);
        text(json, "channel", sent.via == channel::sms ? "SMS" : "WHATSAPP");
        text(json, "attempt_sid", sent.sid);
        json.EndObject();
    }
    json.EndArray();
}

}  // namespace

std::string verification_json(
    const verification& what,
    std::string_view account_sid,
    std::string_view status
) {
    rapidjson::StringBuffer buffer;
    writer json(buffer);
    json.StartObject();
    text(json, "sid", what.sid);
    text(json, "service_sid", what.service_sid);
    text(json, "account_sid", account_sid);
    text(json, "to", what.to);
    text(json, "channel", to_string(what.sends.back().via));
    text(json, "status", status);
    json.Key("valid");
    json.Bool(status == "approved");
    json.Key("lookup");
    json.StartObject();
    json.EndObject();
    for (const auto* unused : {"amount", "payee", "sna"}) {
        json.Key(unused);
        json.Null();
    }
    write_sends(json, what.sends);
    second(json, "date_created", what.sends.front().at);
    second(json, "date_updated", what.sends.back().at);
    const auto path = "/v2/Services/" + what.service_sid + "/Verifications/" + what.sid;
    text(json, "url", "https://verify.twilio.com" + path);
    json.EndObject();
    return {buffer.GetString(), buffer.GetSize()};
}

}  // namespace otp::sandbox
