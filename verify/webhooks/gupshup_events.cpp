#include "verify/webhooks/gupshup_receipt.hpp"
#include "verify/webhooks/receipt_json.hpp"

namespace otp {

namespace {

using rapidjson::Value;

// An event names its message by Gupshup's own id, which is the one that the answer to the send
// gave, by WhatsApp's, or by both.
struct message_ids {
    std::string gupshup;
    std::string whatsapp;
};

void add_event(
    std::vector<provider_receipt>& to,
    const message_ids& ids,
    const Value* status,
    const std::string& error_code,
    const Value* destination
) {
    auto receipt = make_receipt(
        "gupshup",
        channel::whatsapp,
        ids.gupshup.empty() ? ids.whatsapp : ids.gupshup,
        text_of(status),
        error_code,
        text_of(destination)
    );
    if (!receipt)
        return;
    // A late failure has WhatsApp's alone.
    if (is_receipt_id(ids.whatsapp) && ids.whatsapp != receipt->message_id)
        receipt->second_id = ids.whatsapp;
    to.push_back(std::move(*receipt));
}

void read_version_2(std::vector<provider_receipt>& to, const Value& event) {
    if (text_of(member(&event, "type")) != "message-event")
        return;
    const auto* payload = member(&event, "payload");
    const auto* more = member(payload, "payload");
    const auto error_code = text_of(member(more, "code"));
    message_ids ids{text_of(member(payload, "gsId")), text_of(member(payload, "id"))};
    if (ids.gupshup.empty() && text_of(member(payload, "type")) == "enqueued")
        ids = {std::move(ids.whatsapp), text_of(member(more, "whatsappMessageId"))};
    add_event(to, ids, member(payload, "type"), error_code, member(payload, "destination"));
}

void read_version_3(std::vector<provider_receipt>& to, const Value& event) {
    for (const auto& entry : elements(member(&event, "entry")))
        for (const auto& change : elements(member(&entry, "changes")))
            for (const auto& one : elements(member(member(&change, "value"), "statuses"))) {
                const auto errors = elements(member(&one, "errors"));
                const auto error_code =
                    errors.Empty() ? std::string() : text_of(member(&errors[0], "code"));
                const message_ids ids{text_of(member(&one, "gs_id")), text_of(member(&one, "id"))};
                add_event(
                    to,
                    ids,
                    member(&one, "status"),
                    error_code,
                    member(&one, "recipient_id")
                );
            }
}

}  // namespace

std::optional<std::vector<provider_receipt>> read_gupshup_events(std::string_view body) {
    const auto parsed = parse_receipt_json(body);
    if (!parsed || !parsed->IsObject())
        return std::nullopt;
    std::vector<provider_receipt> events;
    if (member(&*parsed, "entry") != nullptr)
        read_version_3(events, *parsed);
    else
        read_version_2(events, *parsed);
    return events;
}

}  // namespace otp
