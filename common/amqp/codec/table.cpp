#include "common/amqp/codec/table.hpp"

#include "common/amqp/codec/wire.hpp"

#include <algorithm>
#include <utility>

namespace otp::amqp {

namespace {

using wire::reader;

// What lies deeper is passed on as it is: a refusal costs the connection, and with it all that was
// prefetched, for a message that the broker took and brings again.
constexpr int depth_limit = 8;

// Types and their octets as RabbitMQ writes them, which differ from the specification:
// https://www.rabbitmq.com/amqp-0-9-1-errata#section_3
std::optional<std::size_t> width_of(char type) {
    switch (type) {
    case 'V':
        return 0;
    case 't':
    case 'b':
    case 'B':
        return 1;
    case 's':
    case 'u':
        return 2;
    case 'I':
    case 'i':
    case 'f':
        return 4;
    case 'D':  // a scale and a 32-bit integer
        return 5;
    case 'l':
    case 'd':
    case 'T':
        return 8;
    default:
        return std::nullopt;
    }
}

bool holds_octets(char type) {
    return type == 'S' || type == 'x' || type == 'F' || type == 'A';
}

struct raw_value {
    char type = 0;
    std::string_view octets;
};

raw_value next_value(reader& in) {
    raw_value read;
    read.type = static_cast<char>(in.u8());
    if (holds_octets(read.type))
        read.octets = in.long_string();
    else
        read.octets = in.bytes(width_of(read.type).value_or(0));
    return read;
}

struct raw_field {
    std::string_view name;
    raw_value content;
    std::string_view octets;  // the entry as it stands on the wire
};

// Calls `visit(raw_field)` for each entry until it returns false.
template <class Visit>
void each_field(std::string_view raw, Visit visit) {
    reader in(raw);
    while (in.ok() && !in.at_end()) {
        const std::string_view before = in.rest();
        raw_field entry;
        entry.name = in.short_string();
        entry.content = next_value(in);
        entry.octets = before.substr(0, before.size() - in.rest().size());
        if (!in.ok() || !visit(entry))
            return;
    }
}

std::optional<raw_value> find(std::string_view raw, std::string_view name) {
    std::optional<raw_value> found;
    each_field(raw, [&](const raw_field& entry) {
        if (entry.name == name)
            found = entry.content;
        return !found;
    });
    return found;
}

bool fields_well_formed(std::string_view raw, int depth);

bool value_well_formed(reader& in, int depth) {
    const raw_value read = next_value(in);
    if (!in.ok() || (!holds_octets(read.type) && !width_of(read.type)))
        return false;
    if (depth == depth_limit)
        return true;
    if (read.type == 'F')
        return fields_well_formed(read.octets, depth + 1);
    if (read.type != 'A')
        return true;
    reader items(read.octets);
    while (!items.at_end())
        if (!value_well_formed(items, depth + 1))
            return false;
    return true;
}

bool fields_well_formed(std::string_view raw, int depth) {
    reader in(raw);
    while (!in.at_end()) {
        in.short_string();
        if (!in.ok() || !value_well_formed(in, depth))
            return false;
    }
    return true;
}

template <class Narrow>
std::int64_t sign_extended(std::uint64_t bits) {
    return static_cast<Narrow>(bits);
}

void put_value(std::string& out, const value& content) {
    if (const bool* flag = std::get_if<bool>(&content)) {
        out += 't';
        wire::put_u8(out, *flag ? 1 : 0);
    } else if (const std::int64_t* number = std::get_if<std::int64_t>(&content)) {
        out += 'l';
        wire::put_u64(out, static_cast<std::uint64_t>(*number));
    } else {
        out += 'S';
        wire::put_long_string(out, std::get<std::string>(content));
    }
}

}  // namespace

field::field(std::string field_name, value field_content)
    : name(std::move(field_name)),
      content(std::move(field_content)) {}

std::optional<std::string_view> find_string(std::string_view raw, std::string_view name) {
    const auto found = find(raw, name);
    if (!found || (found->type != 'S' && found->type != 'x'))
        return std::nullopt;
    return found->octets;
}

std::optional<std::int64_t> find_integer(std::string_view raw, std::string_view name) {
    const auto found = find(raw, name);
    if (!found)
        return std::nullopt;
    reader in(found->octets);
    switch (found->type) {
    case 'b':
        return sign_extended<std::int8_t>(in.u8());
    case 'B':
        return in.u8();
    case 's':
        return sign_extended<std::int16_t>(in.u16());
    case 'u':
        return in.u16();
    case 'I':
        return sign_extended<std::int32_t>(in.u32());
    case 'i':
        return in.u32();
    case 'l':
    case 'T':
        return sign_extended<std::int64_t>(in.u64());
    default:
        return std::nullopt;
    }
}

std::vector<death> find_deaths(std::string_view raw) {
    std::vector<death> deaths;
    const auto found = find(raw, "x-death");
    if (!found || found->type != 'A')
        return deaths;
    reader items(found->octets);
    while (items.ok() && !items.at_end()) {
        const raw_value item = next_value(items);
        if (!items.ok() || item.type != 'F')
            break;
        death one;
        one.queue = find_string(item.octets, "queue").value_or("");
        one.reason = find_string(item.octets, "reason").value_or("");
        one.count = find_integer(item.octets, "count").value_or(0);
        one.time = find_integer(item.octets, "time").value_or(0);
        deaths.push_back(std::move(one));
    }
    return deaths;
}

std::vector<std::string_view> field_names(std::string_view raw) {
    std::vector<std::string_view> names;
    each_field(raw, [&](const raw_field& entry) {
        names.push_back(entry.name);
        return true;
    });
    return names;
}

std::string without(std::string_view raw, bool (*unwanted)(std::string_view name)) {
    std::string kept;
    each_field(raw, [&](const raw_field& entry) {
        if (!unwanted(entry.name))
            kept.append(entry.octets);
        return true;
    });
    return kept;
}

bool well_formed(std::string_view raw) {
    return fields_well_formed(raw, 1);
}

void put_table(std::string& out, std::string_view raw, const table& added) {
    wire::length_prefix length(out);
    const auto replaced = [&](std::string_view name) {
        return std::any_of(added.begin(), added.end(), [&](const field& f) {
            return f.name == name;
        });
    };
    each_field(raw, [&](const raw_field& entry) {
        if (!replaced(entry.name))
            out.append(entry.octets);
        return true;
    });
    for (const field& f : added) {
        wire::put_short_string(out, f.name);
        put_value(out, f.content);
    }
    length.close();
}

}  // namespace otp::amqp
