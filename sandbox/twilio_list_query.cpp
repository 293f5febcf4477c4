#include "sandbox/twilio_list_query.hpp"

#include "sandbox/form.hpp"
#include "sandbox/timestamp.hpp"

#include <algorithm>
#include <charconv>

namespace otp::sandbox {

namespace {

std::optional<std::size_t> whole_number(std::string_view text) {
    std::size_t value = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
    if (error != std::errc() || end != text.data() + text.size())
        return std::nullopt;
    return value;
}

// A number as it stands in To and From, with the channel it names; a sender's name stays as it is.
struct party {
    std::string number;
    channel via = channel::sms;
};

party party_of(std::string_view text) {
    static constexpr std::string_view prefix = "whatsapp:";
    if (text.starts_with(prefix))
        return {std::string(text.substr(prefix.size())), channel::whatsapp};
    return {std::string(text), channel::sms};
}

struct sent_range {
    std::optional<moment> from;  // inclusive
    std::optional<moment> to;    // exclusive
};

bool take_sent_filter(sent_range& range, std::string_view name, std::string_view value) {
    const auto span = read_date(value);
    if (!span)
        return false;
    if (name != "DateSent<")
        range.from = span->from;
    if (name != "DateSent>")
        range.to = span->to;
    return true;
}

bool take_parameter(
    twilio_list_query& query,
    sent_range& sent,
    const std::string& name,
    const std::string& value
) {
    if (name == "PageSize") {
        const auto size = whole_number(value);
        query.page.size = std::min<std::size_t>(size.value_or(0), 1000);
        return query.page.size > 0;
    }
    if (name == "Page") {
        const auto number = whole_number(value);
        query.page.number = number.value_or(0);
        return number.has_value();
    }
    if (name == "PageToken") {
        query.page.token = value;
        query.wanted.before = value.substr(std::min<std::size_t>(2, value.size()));
        return value.starts_with("PA");
    }
    if (name == "DateSent" || name == "DateSent<" || name == "DateSent>")
        if (!take_sent_filter(sent, name, value))
            return false;
    auto& filters = query.page.filters;
    if (!filters.empty())
        filters += '&';
    filters += write_form({{name, value}});
    return true;
}

std::function<bool(const message&)> matcher(
    const fields& parameters,
    const sent_range& sent,
    moment now,
    std::chrono::milliseconds pace
) {
    const auto to = party_of(form_value(parameters, "To"));
    const auto from = party_of(form_value(parameters, "From"));
    return [=](const message& one) {
        if (one.by != service::twilio)
            return false;
        if (!to.number.empty() && (one.to != to.number || one.via != to.via))
            return false;
        if (!from.number.empty() && (one.from != from.number || one.via != from.via))
            return false;
        if (!sent.from && !sent.to)
            return true;
        const auto on_its_way = steps(one.goes_on, pace);
        if (on_its_way.empty() || on_its_way.front().reached != status::sent)
            return false;
        const auto at = one.at + on_its_way.front().after;
        return at <= now && (!sent.from || at >= *sent.from) && (!sent.to || at < *sent.to);
    };
}

}  // namespace

std::optional<twilio_list_query> read_twilio_list_query(
    std::string_view raw,
    moment now,
    std::chrono::milliseconds pace
) {
    const auto parameters = read_form(raw);
    if (!parameters)
        return std::nullopt;
    twilio_list_query query;
    sent_range sent;
    for (const auto& [name, value] : *parameters)
        if (!take_parameter(query, sent, name, value))
            return std::nullopt;
    query.wanted.to = party_of(form_value(*parameters, "To")).number;
    query.wanted.matches = matcher(*parameters, sent, now, pace);
    query.wanted.limit = query.page.size + 1;  // one more tells whether another page follows
    return query;
}

}  // namespace otp::sandbox
