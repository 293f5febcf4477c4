#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

namespace otp::amqp {

// A value we write: 't' boolean, 'l' 64-bit integer, 'S' long string. The broker holds integers of
// any width equal when it compares the arguments of a queue.
using value = std::variant<bool, std::int64_t, std::string>;

struct field {
    field(std::string field_name, value content);

    std::string name;  // at most 255 octets
    value content;
};
using table = std::vector<field>;

// One entry of the `x-death` header: how often, and why, this message was dead-lettered from a
// queue. https://www.rabbitmq.com/docs/3.13/dlx#effects
struct death {
    std::string queue;
    std::string reason;  // "expired", "rejected", "maxlen", "delivery_limit"
    std::int64_t count = 0;
    std::int64_t time = 0;  // of the first of them, in seconds since 1970; 0 where it is not said
};

// A received table stays as it came: the octets of its entries, without the length in front. That
// costs nothing for headers nobody asks for, and it can be sent on unchanged. These read one header
// of such octets; where a name occurs twice the first counts.
std::optional<std::string_view> find_string(std::string_view raw, std::string_view name);
std::optional<std::int64_t> find_integer(std::string_view raw, std::string_view name);
std::vector<death> find_deaths(std::string_view raw);
// In the order in which they stand.
std::vector<std::string_view> field_names(std::string_view raw);

// `raw` octet for octet, but for the entries whose name is `unwanted`.
std::string without(std::string_view raw, bool (*unwanted)(std::string_view name));

// True if `raw` is a sequence of whole entries of known types, looked into eight deep. What the
// session hands out has passed this.
bool well_formed(std::string_view raw);

// Appends a table with its length: `raw` octet for octet, then `added`. An entry of `raw` whose
// name is also in `added` is left out, because a name may stand in a table only once.
void put_table(std::string& out, std::string_view raw, const table& added);

}  // namespace otp::amqp
