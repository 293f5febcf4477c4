#include "sandbox/verify_json.hpp"

#include "common/core/rfc3339.hpp"
#include "common/json/json_writer.hpp"

#include <optional>

namespace otp::sandbox {

namespace {

// "2026-11-20T10:15:30Z", unlike the dates of the Messages resource.
std::string second(moment at) {
    return format_rfc3339(at).substr(0, 19) + "Z";
}

void write_sends(json_writer& json, const std::vector<sent_code>& sends) {
    json.open_array("send_code_attempts");
    for (const auto& sent : sends)
        json.open_object()
            .member("time", second(sent.at))
            .member("channel", sent.via == channel::sms ? "SMS" : "WHATSAPP")
            .member("attempt_sid", sent.sid)
            .close_object();
    json.close_array();
}

}  // namespace

std::string verification_json(
    const verification& what,
    std::string_view account_sid,
    std::string_view status
) {
    json_writer json;
    json.member("sid", what.sid)
        .member("service_sid", what.service_sid)
        .member("account_sid", account_sid)
        .member("to", what.to)
        .member("channel", to_string(what.sends.back().via))
        .member("status", status)
        .member("valid", status == "approved");
    json.open_object("lookup").close_object();
    for (const auto* unused : {"amount", "payee", "sna"})
        json.member(unused, std::optional<std::string>());
    write_sends(json, what.sends);
    const auto path = "/v2/Services/" + what.service_sid + "/Verifications/" + what.sid;
    json.member("date_created", second(what.sends.front().at))
        .member("date_updated", second(what.sends.back().at))
        .member("url", "https://verify.twilio.com" + path);
    return json.take();
}

}  // namespace otp::sandbox
