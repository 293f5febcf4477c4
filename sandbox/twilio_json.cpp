#include "sandbox/twilio_json.hpp"

#include "common/core/segments.hpp"
#include "common/json/json_writer.hpp"
#include "sandbox/timestamp.hpp"

#include <charconv>
#include <optional>

namespace otp::sandbox {

namespace {

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

void put_error(json_writer& to, const message& what, status reached) {
    int code = 0;
    const auto digits = what.goes_on.error_code;
    std::from_chars(digits.data(), digits.data() + digits.size(), code);
    if (reached == status::undelivered || reached == status::failed)
        to.member("error_code", code);
    else
        to.member_or_null("error_code", "");
    to.member_or_null("error_message", "");
}

void put_message(
    json_writer& to,
    const message& what,
    std::string_view account_sid,
    moment now,
    std::chrono::milliseconds pace
) {
    const auto so_far = progress_of(what, now, pace);
    const bool no_sender_yet =
        so_far.reached == status::queued && !what.messaging_service_sid.empty();
    const auto path = "/2010-04-01/Accounts/" + std::string(account_sid) + "/Messages/" + what.id;
    to.member("sid", what.id).member("account_sid", account_sid);
    to.member("api_version", "2010-04-01").member("body", what.text);
    to.member("date_created", rfc2822(what.at));
    to.member_or_null("date_sent", so_far.sent ? rfc2822(*so_far.sent) : "");
    to.member("date_updated", rfc2822(so_far.updated)).member("direction", "outbound-api");
    put_error(to, what, so_far.reached);
    to.member_or_null("from", no_sender_yet ? "" : address(what, what.from));
    to.member_or_null("messaging_service_sid", what.messaging_service_sid);
    to.member("num_media", "0");
    to.member(
        "num_segments",
        no_sender_yet ? "0" : std::to_string(measure_text(what.text).segments)
    );
    to.member_or_null("price", "").member("price_unit", "USD");
    to.member("status", twilio_status(what, so_far.reached));
    to.open_object("subresource_uris").member("media", path + "/Media.json").close_object();
    to.member("to", address(what, what.to)).member("uri", path + ".json");
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
    json_writer to;
    put_message(to, what, account_sid, now, pace);
    return to.take();
}

std::string twilio_list_json(
    const std::vector<message_ptr>& messages,
    const twilio_page& page,
    std::string_view account_sid,
    moment now,
    std::chrono::milliseconds pace
) {
    const auto start = page.number * page.size;
    const auto next =
        page.next_token.empty() ? "" : page_uri(page, page.number + 1, page.next_token);
    const auto previous =
        page.previous_token ? page_uri(page, page.number - 1, *page.previous_token) : "";
    json_writer to;
    to.open_array("messages");
    for (const auto& one : messages) {
        to.open_object();
        put_message(to, *one, account_sid, now, pace);
        to.close_object();
    }
    to.close_array().member("start", start);
    to.member("end", messages.empty() ? start : start + messages.size() - 1);
    to.member("page", page.number).member("page_size", page.size);
    to.member("first_page_uri", page_uri(page, 0, ""));
    to.member_or_null("next_page_uri", next).member_or_null("previous_page_uri", previous);
    to.member("uri", page_uri(page, page.number, page.token));
    return to.take();
}

}  // namespace otp::sandbox
