#include "sandbox/receipt.hpp"

#include "common/core/segments.hpp"
#include "common/json/json_writer.hpp"
#include "common/provider/twilio_signature.hpp"
#include "sandbox/form.hpp"

namespace otp::sandbox {

namespace {

constexpr std::string_view form_type =
    "Content-Type: application/x-www-form-urlencoded; charset=UTF-8\r\n";

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
    const bool failed = is_failure(what.says);
    json_writer json;
    json.member("app", app)
        .member("timestamp", milliseconds_of(now))
        .member("version", 2)
        .member("type", "message-event")
        .open_object("payload")
        .member("id", is_early ? about.id : whatsapp_id);
    if (!is_early)
        json.member("gsId", about.id);
    json.member("type", failed ? "failed" : what.says)
        .member("destination", std::string_view(about.to).substr(1))
        .open_object("payload");
    if (failed)
        json.member("code", std::stoi(std::string(about.goes_on.error_code)))
            .member("reason", "Failed, as this magic number asks");
    else if (what.says == "enqueued")
        json.member("whatsappMessageId", whatsapp_id);
    else
        json.member("ts", milliseconds_of(now) / 1000);
    json.close_object().close_object();
    return json.take();
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
    json_writer json;
    json.member("externalId", about.id)
        .member("eventType", failed ? "FAILED" : "DELIVERED")
        .member("eventTs", milliseconds_of(now))
        .member("destAddr", std::string_view(about.to).substr(1))
        .member("srcAddr", about.from)
        .member("cause", cause_of(code))
        .member("errCode", code)
        .member("channel", "SMS")
        .member("noOfFrags", measure_text(about.text).segments);
    return "[" + json.take() + "]";
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
