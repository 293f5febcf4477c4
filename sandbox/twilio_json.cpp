#include "sandbox/twilio_json.hpp"

#include "sandbox/segments.hpp"
#include "sandbox/timestamp.hpp"

#include <rapidjson/stringbuffer.h>
#include <rapidjson/writer.h>

#include <charconv>
#include <optional>

namespace otp::sandbox {

namespace {

using writer = rapidjson::Writer<rapidjson::StringBuffer>;

void text(writer& json, const char* name, std::string_view value) {
    json.Key(name);
    json.String(value.data(), static_cast<rapidjson::SizeType>(value.size()));
}

void text_or_null(writer& json, const char* name, std::string_view value) {
    if (!value.empty())
        return text(json, name, value);
    json.Key(name);
    json.Null();
}

std::string address(const message& what, std::string_view number) {
    const bool prefixed = what.via == channel::whatsapp && !number.empty();
    return (prefixed ? "whatsapp:" : "") + std::string(number);
}

struct progress {
    status reached = status::queued;
    moment updated;
    std::optional<moment> sent;
};

progress progress_of(const message& what, moment now, std::chrono::milliseconds pace) {
    progress so_far{status::queued, what.at, std::nullopt};
    for (const auto& next : steps(what.goes_on, pace)) {
        if (now < what.at + next.after)
            break;
        so_far.reached = next.reached;
        so_far.updated = what.at + next.after;
        if (next.reached == status::sent)
            so_far.sent = so_far.updated;
    }
    return so_far;
}

void write_error(writer& json, const message& what, status reached) {
    int code = 0;
    const auto digits = what.goes_on.error_code;
    std::from_chars(digits.data(), digits.data() + digits.size(), code);
    json.Key("error_code");
    if (reached == status::undelivered || reached == status::failed)
        json.Int(code);
    else
        json.Null();
    text_or_null(json, "error_message", {});
}

void write_message(
    writer& json,
    const message& what,
    std::string_view account_sid,
    moment now,
    std::chrono::milliseconds pace
) {
    const auto so_far = progress_of(what, now, pace);
    const bool no_sender_yet =
        so_far.reached == status::queued && !what.messaging_service_sid.empty();
    const auto path = "/2010-04-01/Accounts/" + std::string(account_sid) + "/Messages/" + what.id;
    json.StartObject();
    text(json, "sid", what.id);
    text(json, "account_sid", account_sid);
    text(json, "api_version", "2010-04-01");
    text(json, "body", what.text);
    text(json, "date_created", rfc2822(what.at));
    text_or_null(json, "date_sent", so_far.sent ? rfc2822(*so_far.sent) : "");
    text(json, "date_updated", rfc2822(so_far.updated));
    text(json, "direction", "outbound-api");
    write_error(json, what, so_far.reached);
    text_or_null(json, "from", no_sender_yet ? "" : address(what, what.from));
    text_or_null(json, "messaging_service_sid", what.messaging_service_sid);
    text(json, "num_media", "0");
    text(json, "num_segments", no_sender_yet ? "0" : std::to_string(segments(what.text)));
    text_or_null(json, "price", {});
    text(json, "price_unit", "USD");
    text(json, "status", twilio_status(what, so_far.reached));
    json.Key("subresource_uris");
    json.StartObject();
    text(json, "media", path + "/Media.json");
    json.EndObject();
    text(json, "to", address(what, what.to));
    text(json, "uri", path + ".json");
    json.EndObject();
}

std::string page_uri(const twilio_page& page, std::size_t number, const std::string& token) {
    auto uri = page.path + "?" + page.filters + (page.filters.empty() ? "" : "&") +
               "PageSize=" + std::to_string(page.size) + "&Page=" + std::to_string(number);
    return token.empty() ? uri : uri + "&PageToken=" + token;
}

}  // namespace

std::string_view twilio_status(const message& what, status reached) {
    if (reached == status::queued && !what.messaging_service_sid.empty())
        return "accepted";
    return to_string(reached);
}

std::string twilio_message_json(
    const message& what,
    std::string_view account_sid,
    moment now,
    std::chrono::milliseconds pace
) {
    rapidjson::StringBuffer buffer;
    writer json(buffer);
    write_message(json, what, account_sid, now, pace);
    return {buffer.GetString(), buffer.GetSize()};
}

std::string twilio_list_json(
    const std::vector<message_ptr>& messages,
    const twilio_page& page,
    std::string_view account_sid,
    moment now,
    std::chrono::milliseconds pace
) {
    rapidjson::StringBuffer buffer;
    writer json(buffer);
    const auto start = page.number * page.size;
    json.StartObject();
    json.Key("messages");
    json.StartArray();
    for (const auto& one : messages)
        write_message(json, *one, account_sid, now, pace);
    json.EndArray();
    json.Key("start");
    json.Uint64(start);
    json.Key("end");
    json.Uint64(messages.empty() ? start : start + messages.size() - 1);
    json.Key("page");
    json.Uint64(page.number);
    json.Key("page_size");
    json.Uint64(page.size);
    text(json, "first_page_uri", page_uri(page, 0, ""));
    text_or_null(
        json,
        "next_page_uri",
        page.next_token.empty() ? "" : page_uri(page, page.number + 1, page.next_token)
    );
    text_or_null(json, "previous_page_uri", {});
    text(json, "uri", page_uri(page, page.number, page.token));
    json.EndObject();
    return {buffer.GetString(), buffer.GetSize()};
}

}  // namespace otp::sandbox
