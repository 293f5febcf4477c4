#include "sandbox/receipt.hpp"

#include "common/provider/twilio_signature.hpp"
#include "sandbox/form.hpp"
#include "sandbox/segments.hpp"

#include <rapidjson/stringbuffer.h>
#include <rapidjson/writer.h>

namespace otp::sandbox {

namespace {

constexpr std::string_view form_type =
    "Content-Type: application/x-www-form-urlencoded; charset=UTF-8\r\n";

using writer = rapidjson::Writer<rapidjson::StringBuffer>;

void text(writer& json, const char* name, std::string_view value) {
    json.Key(name);
    json.String(value.data(), static_cast<rapidjson::SizeType>(value.size()));
}

std::int64_t milliseconds_of(moment at) {
    return std::chrono::duration_cast<std::chrono::milliseconds>(at.time_since_epoch()).count();
}

bool is_failure(std::string_view word) {
    return word == "undelivered" || word == "failed";
}

fields twilio_parameters(const receipt& what, std::string_view account_sid) {
    const auto& about = *what.about;
    const std::string prefix = about.via == channel::whatsapp ? "whatsapp:" : "";
    const std::string word(what.says);
    fields form{
        {"SmsSid", about.id},
        {"SmsStatus", word},
        {"MessageStatus", word},
        {"To", prefix + about.to},
        {"MessageSid", about.id},
        {"AccountSid", std::string(account_sid)},
        {"From", prefix + about.from},
        {"ApiVersion", "2010-04-01"},
    };
    if (!about.messaging_service_sid.empty())
        form.emplace_back("MessagingServiceSid", about.messaging_service_sid);
    if (is_failure(what.says))
        form.emplace_back("ErrorCode", about.goes_on.error_code);
    if (about.via == channel::whatsapp)
        form.emplace_back("ChannelPrefix", "whatsapp");
    return form;
}

// Gupshup names its own id in `id` while only it knows the message, and WhatsApp's id afterwards.
std::string event_json(const receipt& what, std::string_view app, moment now) {
    const auto& about = *what.about;
    const std::string whatsapp_id = "gBEG" + about.id;
    const bool is_early = what.says == "enqueued" || what.says == "failed";
    rapidjson::StringBuffer buffer;
    writer json(buffer);
    json.StartObject();
    text(json, "app", app);
    json.Key("timestamp");
    json.Int64(milliseconds_of(now));
    json.Key("version");
    json.Int(2);
    text(json, "type", "message-event");
    json.Key("payload");
    json.StartObject();
    text(json, "id", is_early ? about.id : whatsapp_id);
    if (!is_early)
        text(json, "gsId", about.id);
    const bool failed = is_failure(what.says);
    text(json, "type", failed ? "failed" : what.says);
    text(json, "destination", std::string_view(about.to).substr(1));
    json.Key("payload");
    json.StartObject();
    if (failed) {
        json.Key("code");
        json.Int(std::stoi(std::string(about.goes_on.error_code)));
        text(json, "reason", "Failed, as this magic number asks");
    } else if (what.says == "enqueued") {
        text(json, "whatsappMessageId", whatsapp_id);
    } else {
        json.Key("ts");
        json.Int64(milliseconds_of(now) / 1000);
    }
    json.EndObject();
    json.EndObject();
    json.EndObject();
    return {buffer.GetString(), buffer.GetSize()};
}

std::string_view cause_of(std::string_view code) {
    if (code == "001")
        return "ABSENT_SUBSCRIBER";
    if (code == "005")
        return "SYSTEM_FAILURE";
    if (code == "006")
        return "DND_FAIL";
    return code == "007" ? "BLOCKED" : "SUCCESS";
}

std::string report_json(const receipt& what, moment now) {
    const auto& about = *what.about;
    const bool failed = is_failure(what.says);
    const auto code = failed ? about.goes_on.error_code : "000";
    rapidjson::StringBuffer buffer;
    writer json(buffer);
    json.StartArray();
    json.StartObject();
    text(json, "externalId", about.id);
    text(json, "eventType", failed ? "FAILED" : "DELIVERED");
    json.Key("eventTs");
    json.Int64(milliseconds_of(now));
    text(json, "destAddr", std::string_view(about.to).substr(1));
    text(json, "srcAddr", about.from);
    text(json, "cause", cause_of(code));
    text(json, "errCode", code);
    text(json, "channel", "SMS");
    json.Key("noOfFrags");
    json.Int(segments(about.text));
    json.EndObject();
    json.EndArray();
    return {buffer.GetString(), buffer.GetSize()};
}

}  // namespace

std::vector<receipt> receipts_for(const message_ptr& what, std::chrono::milliseconds pace) {
    std::vector<receipt> all;
    const auto states = steps(what->goes_on, pace);
    if (what->callback_url.empty() || states.empty())
        return all;
    if (what->by == service::gupshup_whatsapp)
        all.push_back({what, pace / 2, "enqueued"});
    for (const auto& state : states)
        if (what->by != service::gupshup_sms || state.reached != status::sent)
            all.push_back({what, state.after, to_string(state.reached)});
    return all;
}

std::optional<receipt_post> write_receipt(
    const receipt& what,
    std::string_view account_sid,
    std::string_view auth_token,
    std::string_view gupshup_app,
    moment now
) {
    auto url = read_callback_url(what.about->callback_url);
    if (!url)
        return std::nullopt;
    receipt_post post{std::move(*url), "User-Agent: otp-sandbox\r\n", {}};
    switch (what.about->by) {
    case service::twilio: {
        const auto form = twilio_parameters(what, account_sid);
        post.head += form_type;
        post.head +=
            "X-Twilio-Signature: " + twilio_signature(auth_token, post.to.whole, form) + "\r\n";
        post.body = write_form(form);
        break;
    }
    case service::gupshup_whatsapp:
        post.head += "Content-Type: application/json\r\n";
        post.body = event_json(what, gupshup_app, now);
        break;
    case service::gupshup_sms:
        post.head += form_type;
        post.body = write_form({{"response", report_json(what, now)}});
        break;
    case service::twilio_verify:
        return std::nullopt;  // it has none
    }
    return post;
}

}  // namespace otp::sandbox
