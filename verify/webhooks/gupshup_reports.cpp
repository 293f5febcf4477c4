#include "verify/webhooks/gupshup_receipt.hpp"
#include "verify/webhooks/receipt_json.hpp"

namespace otp {

namespace {

bool begins_number(char c) {
    return (c >= '0' && c <= '9') || c == '-' || c == '+';
}

bool in_number(char c) {
    return begins_number(c) || c == '.' || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

// The gateway prints ids of two numbers and a dash, and codes with leading zeros, as they are:
// every number becomes a text, so that nothing of it is lost.
std::string with_numbers_quoted(std::string_view json) {
    std::string quoted;
    quoted.reserve(json.size() + 64);
    bool in_text = false;
    for (std::size_t at = 0; at < json.size(); ++at) {
        const char c = json[at];
        if (!in_text && begins_number(c)) {
            quoted += '"';
            while (at < json.size() && in_number(json[at]))
                quoted += json[at++];
            quoted += '"';
            --at;
            continue;
        }
        quoted += c;
        if (in_text && c == '\\' && at + 1 < json.size())
            quoted += json[++at];
        else if (c == '"')
            in_text = !in_text;
    }
    return quoted;
}

void add_report(
    std::vector<provider_receipt>& to,
    std::string_view id,
    std::string_view status,
    std::string_view error_code,
    std::string_view digits
) {
    if (auto report = make_receipt("gupshup", channel::sms, id, status, error_code, digits))
        to.push_back(std::move(*report));
}

}  // namespace

std::optional<std::vector<provider_receipt>> read_gupshup_reports(const http::form& fields) {
    using http::form_value;
    std::vector<provider_receipt> reports;
    const auto array = form_value(fields, "response");
    if (array.empty()) {
        add_report(
            reports,
            form_value(fields, "externalId"),
            form_value(fields, "status"),
            form_value(fields, "errCode"),
            form_value(fields, "phoneNo")
        );
        return reports;
    }
    const auto parsed = parse_receipt_json(with_numbers_quoted(array));
    if (!parsed || !parsed->IsArray())
        return std::nullopt;
    for (const auto& one : parsed->GetArray())
        add_report(
            reports,
            text_of(member(&one, "externalId")),
            text_of(member(&one, "eventType")),
            text_of(member(&one, "errCode")),
            text_of(member(&one, "destAddr"))
        );
    return reports;
}

}  // namespace otp
