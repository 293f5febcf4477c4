#include "verify/read/list_query.hpp"

#include "common/core/ascii.hpp"
#include "common/core/rfc3339.hpp"
#include "common/core/short_name.hpp"
#include "common/core/utf8.hpp"
#include "common/core/uuid.hpp"
#include "common/http/form.hpp"
#include "common/job/shown_name.hpp"
#include "common/phone/phone_number.hpp"
#include "common/provider/provider_names.hpp"

#include <algorithm>
#include <array>
#include <charconv>

namespace otp {

namespace {

using std::string_view;

constexpr int most_items = 200;
constexpr std::size_t most_user_bytes = 128;
constexpr std::array<string_view, 9> statuses{
    "queued",
    "sending",
    "sent",
    "delivered",
    "undelivered",
    "failed",
    "expired",
    "rejected",
    "canceled"};

template <std::size_t Count>
bool is_one_of(const std::array<string_view, Count>& words, string_view value) {
    return std::find(words.begin(), words.end(), value) != words.end();
}

bool read_status(string_view value, string_view, delivery_filter& into) {
    into.status = value;
    return is_one_of(statuses, value);
}

bool read_provider(string_view value, string_view, delivery_filter& into) {
    into.provider = value;
    return is_one_of(provider_names, value);
}

bool read_purpose(string_view value, string_view, delivery_filter& into) {
    into.purpose = value;
    return is_short_name(value);
}

bool read_user(string_view value, string_view, delivery_filter& into) {
    into.user = value;
    return !value.empty() && value.size() <= most_user_bytes && is_utf8(value);
}

// A plus sent as it is means a blank in a query; a number begins with none.
bool read_to(string_view value, string_view region, delivery_filter& into) {
    std::string text(value);
    if (text.starts_with(' '))
        text.front() = '+';
    const auto number = phone_number::from_text(text, region);
    if (number)
        into.to = number->e164();
    return number.has_value();
}

// The same in an offset from UTC.
bool read_time(string_view value, std::optional<std::chrono::system_clock::time_point>& into) {
    std::string text(value);
    std::replace(text.begin(), text.end(), ' ', '+');
    into = parse_rfc3339(text);
    return into.has_value();
}

bool read_after(string_view value, string_view, delivery_filter& into) {
    return read_time(value, into.created_after);
}

bool read_before(string_view value, string_view, delivery_filter& into) {
    return read_time(value, into.created_before);
}

bool read_limit(string_view value, string_view, delivery_filter& into) {
    const auto* const end = value.data() + value.size();
    const auto [rest, error] = std::from_chars(value.data(), end, into.limit);
    return error == std::errc() && rest == end && into.limit >= 1 && into.limit <= most_items;
}

// Microseconds since 1970 and a request id.
bool read_cursor(string_view value, string_view, delivery_filter& into) {
    constexpr std::size_t most_digits = 17;
    const auto time = value.substr(0, value.find('_'));
    into.cursor = value;
    return !time.empty() && time.size() <= most_digits && std::ranges::all_of(time, is_digit) &&
           time.size() < value.size() && parse_uuid(value.substr(time.size() + 1)).has_value();
}

struct filter {
    string_view name;
    bool (*read)(string_view value, string_view region, delivery_filter& into);
    string_view expected;
};

constexpr filter filters[] = {
    {"status", read_status, "a status of a delivery, such as delivered"},
    {"provider", read_provider, "twilio, gupshup or twilio_verify"},
    {"purpose", read_purpose, short_name_rule},
    {"user", read_user, "1 to 128 bytes of text"},
    {"to", read_to, "a whole, valid number in E.164 form"},
    {"created_after", read_after, rfc3339_rule},
    {"created_before", read_before, rfc3339_rule},
    {"limit", read_limit, "a whole number from 1 to 200"},
    {"cursor", read_cursor, "next_cursor of the page before"}};

problem broken_query() {
    return invalid_request(
        {{"query", "invalid_field", "expected name=value, joined by & and percent-encoded"}}
    );
}

}  // namespace

or_problem<delivery_filter> read_list_query(string_view query, string_view region) {
    const auto fields = http::decode_form(query);
    if (!fields)
        return broken_query();
    delivery_filter wanted;
    std::vector<field_problem> errors;
    std::vector<string_view> seen;
    for (const auto& [name, value] : *fields) {
        const auto known = std::ranges::find(filters, string_view(name), &filter::name);
        if (known == std::end(filters)) {
            errors.push_back({shown_name(name), "unknown_field", "there is no such filter"});
        } else if (std::ranges::find(seen, string_view(name)) != seen.end()) {
            errors.push_back({name, "duplicate_field", "expected once"});
        } else {
            seen.push_back(name);
            if (!known->read(value, region, wanted))
                errors.push_back({name, "invalid_field", "expected " + std::string(known->expected)}
                );
        }
    }
    if (!errors.empty())
        return invalid_request(std::move(errors));
    return wanted;
}

}  // namespace otp
