#include "common/job/fields.hpp"

#include "common/core/rfc3339.hpp"
#include "common/core/short_name.hpp"
#include "common/core/utf8.hpp"
#include "common/job/shown_name.hpp"

#include <arpa/inet.h>

#include <algorithm>
#include <array>
#include <bitset>
#include <cstddef>

namespace otp {

namespace {

using value = rapidjson::Value;
using maybe_fault = std::optional<field_fault>;

constexpr std::size_t max_variables = 16;
constexpr std::size_t max_variable_bytes = 256;
constexpr std::size_t max_user_bytes = 128;
constexpr std::size_t max_locale_bytes = 35;  // RFC 5646, 4.4.1

field_fault invalid(std::string_view name, std::string_view expected) {
    return {job_reason::invalid_field, std::string(name).append(": expected ").append(expected)};
}

std::string_view text_of(const value& from) {
    return {from.GetString(), from.GetStringLength()};
}

bool consists_of(std::string_view text, std::string_view allowed) {
    return text.find_first_not_of(allowed) == std::string_view::npos;
}

// Text that can be stored and shown. RapidJSON lets a lone low surrogate through ("\udc00").
bool is_plain_text(std::string_view text, std::size_t max_bytes) {
    return text.size() <= max_bytes && is_utf8(text) && text.find('\0') == std::string_view::npos;
}

maybe_fault read_version(const value& from, job_fields&) {
    if (from.IsInt() && from.GetInt() == 1)
        return {};
    return invalid("version", "1");
}

maybe_fault read_request_id(const value& from, job_fields& into) {
    if (from.IsString())
        into.request_id = parse_uuid(text_of(from));
    if (!into.request_id)
        return invalid("request_id", "a UUID");
    return {};
}

maybe_fault read_to(const value& from, job_fields& into) {
    if (!from.IsString())
        return invalid("to", "a number in E.164 form");
    auto number = phone_number::from_e164(text_of(from));
    if (!number)
        return field_fault{
            job_reason::invalid_number,
            std::string("to: expected a valid number in E.164 form, it is ")
                .append(to_string(number.error()))};
    into.to = std::move(*number);
    return {};
}

maybe_fault read_short_name(
    std::string_view name,
    const value& from,
    std::optional<std::string>& into
) {
    if (!from.IsString() || !is_short_name(text_of(from)))
        return invalid(name, short_name_rule);
    into.emplace(text_of(from));
    return {};
}

maybe_fault read_purpose(const value& from, job_fields& into) {
    return read_short_name("purpose", from, into.purpose);
}

maybe_fault read_tenant(const value& from, job_fields& into) {
    return read_short_name("tenant", from, into.tenant);
}

maybe_fault read_template(const value& from, job_fields& into) {
    return read_short_name("template", from, into.template_name);
}

maybe_fault read_channel(const value& from, job_fields& into) {
    constexpr std::string_view expected =
        "sms, whatsapp, voice or email, or a list of one or more of them";
    const auto add = [&into](const value& one) {
        const auto by = one.IsString() ? parse_channel(text_of(one)) : std::nullopt;
        if (by && std::find(into.channels.begin(), into.channels.end(), *by) == into.channels.end())
            into.channels.push_back(*by);
        return by.has_value();
    };
    if (!from.IsArray())
        return add(from) ? maybe_fault() : invalid("channel", expected);
    if (from.Empty() || !std::all_of(from.Begin(), from.End(), add))
        return invalid("channel", expected);
    return {};
}

maybe_fault read_locale(const value& from, job_fields& into) {
    constexpr std::string_view allowed =
        "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-";
    const auto text = from.IsString() ? text_of(from) : std::string_view();
    const bool tag = !text.empty() && text.size() <= max_locale_bytes &&
                     consists_of(text, allowed) && text.front() != '-' && text.back() != '-';
    if (!tag)
        return invalid("locale", "a language tag such as en-GB");
    into.locale.emplace(text);
    return {};
}

maybe_fault read_variables(const value& from, job_fields& into) {
    if (!from.IsObject() || from.MemberCount() > max_variables)
        return invalid("variables", "an object of at most 16 strings");
    for (const auto& member : from.GetObject()) {
        const auto name = text_of(member.name);
        const auto same = [name](const auto& earlier) { return earlier.first == name; };
        if (std::any_of(into.variables.begin(), into.variables.end(), same))
            return field_fault{job_reason::duplicate_field, "variables." + shown_name(name)};
        if (!is_plain_text(name, max_variable_bytes))
            return invalid("variables", "names of at most 256 bytes of UTF-8 without U+0000");
        if (!member.value.IsString() || !is_plain_text(text_of(member.value), max_variable_bytes))
            return invalid(
                "variables." + shown_name(name),
                "a string of at most 256 bytes without U+0000"
            );
        into.variables.emplace_back(name, text_of(member.value));
    }
    return {};
}

maybe_fault read_ttl(const value& from, job_fields& into) {
    if (!from.IsInt() || from.GetInt() < 60 || from.GetInt() > 600)
        return invalid("ttl_seconds", "a whole number from 60 to 600");
    into.ttl = std::chrono::seconds(from.GetInt());
    return {};
}

maybe_fault read_code_length(const value& from, job_fields& into) {
    if (!from.IsInt() || from.GetInt() < 4 || from.GetInt() > 10)
        return invalid("code_length", "a whole number from 4 to 10");
    into.code_length = from.GetInt();
    return {};
}

maybe_fault read_requested_at(const value& from, job_fields& into) {
    if (from.IsString())
        into.requested_at = parse_rfc3339(text_of(from));
    if (!into.requested_at)
        return invalid("requested_at", rfc3339_rule);
    return {};
}

maybe_fault read_user(const value& from, job_fields& into) {
    if (!from.IsString() || !is_plain_text(text_of(from), max_user_bytes))
        return invalid("user", "a string of at most 128 bytes without U+0000");
    into.user.emplace(text_of(from));
    return {};
}

// Kept in the usual spelling, IPv4 also where it came as IPv6, so that one address is one address
// for the limits.
maybe_fault read_client_ip(const value& from, job_fields& into) {
    const std::string text(from.IsString() ? text_of(from) : std::string_view());
    std::array<unsigned char, sizeof(in6_addr)> address{};
    std::array<char, INET6_ADDRSTRLEN> spelled{};
    for (const int family : {AF_INET, AF_INET6})
        if (text.find('\0') == std::string::npos &&
            ::inet_pton(family, text.c_str(), address.data()) == 1 &&
            ::inet_ntop(family, address.data(), spelled.data(), spelled.size()) != nullptr) {
            constexpr std::string_view mapped = "::ffff:";
            std::string_view usual(spelled.data());
            if (usual.starts_with(mapped) && usual.find('.') != std::string_view::npos)
                usual.remove_prefix(mapped.size());
            into.client_ip.emplace(usual);
            return {};
        }
    return invalid("client_ip", "an IPv4 or IPv6 address");
}

struct field {
    std::string_view name;
    maybe_fault (*read)(const value&, job_fields&);
};

constexpr std::array<field, 14> all_fields{{
    {"version", read_version},
    {"request_id", read_request_id},
    {"to", read_to},
    {"purpose", read_purpose},
    {"channel", read_channel},
    {"template", read_template},
    {"locale", read_locale},
    {"variables", read_variables},
    {"ttl_seconds", read_ttl},
    {"code_length", read_code_length},
    {"requested_at", read_requested_at},
    {"tenant", read_tenant},
    {"user", read_user},
    {"client_ip", read_client_ip},
}};

}  // namespace

boost::system::result<job_fields, field_fault> read_fields(const rapidjson::Value& object) {
    job_fields fields;
    std::bitset<all_fields.size()> seen;
    for (const auto& member : object.GetObject()) {
        const auto name = text_of(member.name);
        const auto known =
            std::find_if(all_fields.begin(), all_fields.end(), [name](const field& one) {
                return one.name == name;
            });
        if (known == all_fields.end())
            return field_fault{job_reason::unknown_field, shown_name(name)};
        const auto place = static_cast<std::size_t>(known - all_fields.begin());
        if (seen[place])
            return field_fault{job_reason::duplicate_field, std::string(known->name)};
        seen.set(place);
        if (member.value.IsNull())
            continue;
        if (auto fault = known->read(member.value, fields))
            return std::move(*fault);
    }
    return fields;
}

}  // namespace otp
