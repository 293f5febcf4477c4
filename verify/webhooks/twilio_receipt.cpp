#include "verify/webhooks/twilio_receipt.hpp"

#include "verify/webhooks/receipt_json.hpp"

namespace otp {

std::optional<provider_receipt> read_twilio_receipt(const http::form& fields) {
    using http::form_value;
    const auto either = [&fields](std::string_view name, std::string_view older_name) {
        const auto value = form_value(fields, name);
        return value.empty() ? form_value(fields, older_name) : value;
    };
    const bool whatsapp = form_value(fields, "To").starts_with("whatsapp:");
    return make_receipt(
        "twilio",
        whatsapp ? channel::whatsapp : channel::sms,
        either("MessageSid", "SmsSid"),
        either("MessageStatus", "SmsStatus"),
        form_value(fields, "ErrorCode"),
        {}  // the URL names the attempt
    );
}

std::optional<http::form> fields_of_json(std::string_view body) {
    const auto parsed = parse_receipt_json(body);
    if (!parsed || !parsed->IsObject())
        return std::nullopt;
    http::form fields;
    for (const auto& member : parsed->GetObject())
        fields.emplace_back(
            std::string(member.name.GetString(), member.name.GetStringLength()),
            text_of(&member.value)
        );
    return fields;
}

}  // namespace otp
