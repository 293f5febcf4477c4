#include "common/core/ascii.hpp"
#include "common/core/hex.hpp"
#include "common/http/form.hpp"
#include "verify/webhooks/gupshup_receipt.hpp"
#include "verify/webhooks/receipt_json.hpp"

namespace otp {

namespace {

constexpr std::string_view blanks = " \t\r\n";

bool begins_number(char c) {
    return is_digit(c) || c == '-' || c == '+';
}

bool in_number(char c) {
    return begins_number(c) || c == '.' || is_letter(c);
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

void add_report_of(std::vector<provider_receipt>& to, const rapidjson::Value& event) {
    add_report(
        to,
        text_of(member(&event, "externalId")),
        text_of(member(&event, "eventType")),
        text_of(member(&event, "errCode")),
        text_of(member(&event, "destAddr"))
    );
}

void read_json(std::vector<provider_receipt>& to, std::string_view json) {
    const auto parsed = parse_receipt_json(with_numbers_quoted(json));
    if (!parsed)
        return;
    if (parsed->IsObject())
        add_report_of(to, *parsed);
    for (const auto& one : elements(&*parsed))
        add_report_of(to, one);
}

// What was left as it is, in a form that is written as it should be.
std::string as_strict_form(std::string_view text) {
    std::string strict;
    strict.reserve(text.size());
    for (std::size_t at = 0; at < text.size(); ++at) {
        const char c = text[at];
        const bool is_escape =
            c == '%' && at + 2 < text.size() && hex_byte(text[at + 1], text[at + 2]) >= 0;
        if (blanks.find(c) != std::string_view::npos)
            strict += '+';
        else if (c == '%' && !is_escape)
            strict += "%25";
        else
            strict += c;
    }
    return strict;
}

void read_form(std::vector<provider_receipt>& to, std::string_view text) {
    using http::form_value;
    const auto strict = as_strict_form(text);
    http::form_limits limits;
    limits.most_bytes = strict.size();  // the route bounds what comes
    const auto fields = http::decode_form(strict, limits);
    if (!fields)
        return;
    const auto json = form_value(*fields, "response");
    if (!json.empty())
        read_json(to, json);
    else
        add_report(
            to,
            form_value(*fields, "externalId"),
            form_value(*fields, "status"),
            form_value(*fields, "errCode"),
            form_value(*fields, "phoneNo")
        );
}

}  // namespace

std::optional<std::vector<provider_receipt>> read_gupshup_reports(std::string_view text) {
    text = trimmed(text, blanks);
    std::vector<provider_receipt> reports;
    if (text.starts_with('[') || text.starts_with('{'))
        read_json(reports, text);
    else
        read_form(reports, text);
    if (reports.empty())
        return std::nullopt;
    return reports;
}

}  // namespace otp
