#include "verify/webhooks/gupshup_receipt.hpp"
#include "verify/webhooks/receipt_json.hpp"

namespace otp {

namespace {

using rapidjson::Value;

void add_event(
    std::vector<provider_receipt>& to,
    const std::string& gupshup_id,
    const Value* status,
    const std::string& error_code,
    const Value* destination
) {
    auto receipt = make_receipt(
        "gupshup",
        channel::whatsapp,
        gupshup_id,
        text_of(status),
        error_code,
        text_of(destination)
    );
    if (receipt)
        to.push_back(std::move(*receipt));
}

// Gupshup's own id is the one its answer gave. An early event has it in `id`; a later one in its
// own member, and WhatsApp's in `id`.
std::string own_id(const Value* of, const char* name) {
    auto id = text_of(member(of, name));
    return id.empty() ? text_of(member(of, "id")) : id;
}

void read_version_2(std::vector<provider_receipt>& to, const Value& event) {
    if (text_of(member(&event, "type")) != "message-event")
        return;
    const auto* payload = member(&event, "payload");
    const auto error_code = text_of(member(member(payload, "payload"), "code"));
    add_event(
        to,
        own_id(payload, "gsId"),
        member(payload, "type"),
        error_code,
        member(payload, "destination")
    );
}

void read_version_3(std::vector<provider_receipt>& to, const Value& event) {
    for (const auto& entry : elements(member(&event, "entry")))
        for (const auto& change : elements(member(&entry, "changes")))
            for (const auto& one : elements(member(member(&change, "value"), "statuses"))) {
                const auto errors = elements(member(&one, "errors"));
                const auto error_code =
                    errors.Empty() ? std::string() : text_of(member(&errors[0], "code"));
                add_event(
                    to,
                    own_id(&one, "gs_id"),
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
