#include "ctl/dead/job_sketch.hpp"

#include "common/core/mask.hpp"
#include "common/job/shown_name.hpp"
#include "ctl/dead/words.hpp"

#include <rapidjson/document.h>

#include <algorithm>

namespace otp {

namespace {

using value = rapidjson::Value;

constexpr std::string_view hidden = "(given, not shown)";
constexpr std::string_view plain_fields[] = {
    "version",
    "request_id",
    "purpose",
    "channel",
    "template",
    "locale",
    "ttl_seconds",
    "code_length",
    "requested_at",
    "tenant"};

std::string_view text_of(const value& from) {
    return {from.GetString(), from.GetStringLength()};
}

// Iterative: no depth of brackets uses up the stack.
bool parse(std::string_view body, rapidjson::Document& into) {
    into.Parse<rapidjson::kParseIterativeFlag>(body.data(), body.size());
    return !into.HasParseError() && into.IsObject();
}

std::string shown_number(const value& to) {
    if (!to.IsString())
        return std::string(hidden);
    const auto number = text_of(to);
    const bool is_e164 = number.starts_with('+') && number.size() <= 16 &&
                         number.find_first_not_of("0123456789", 1) == std::string_view::npos;
    return is_e164 ? mask_number(number)
                   : "(" + std::to_string(number.size()) + " bytes, not E.164)";
}

std::string shown_value(const value& from) {
    if (from.IsNull())
        return "null";
    if (from.IsInt() && std::abs(static_cast<long>(from.GetInt())) < 100'000)
        return std::to_string(from.GetInt());
    return from.IsString() ? shown_word(text_of(from)) : std::string(hidden);
}

std::string with_comma(const std::string& before) {
    return before.empty() ? before : before + ", ";
}

std::string shown_list(const value& from) {
    std::string all;
    for (const auto& one : from.GetArray())
        all = with_comma(all) + shown_value(one);
    return all;
}

std::string shown_names(const value& from) {
    std::string all;
    for (const auto& one : from.GetObject())
        all = with_comma(all) + shown_name(text_of(one.name));
    return all.empty() ? "none" : all + " (values not shown)";
}

std::string shown_field(std::string_view name, const value& content) {
    if (name == "to")
        return shown_number(content);
    if (name == "variables" && content.IsObject())
        return shown_names(content);
    if (std::find(std::begin(plain_fields), std::end(plain_fields), name) == std::end(plain_fields))
        return std::string(hidden);
    return content.IsArray() ? shown_list(content) : shown_value(content);
}

}  // namespace

std::optional<uuid> request_id_in(std::string_view body) {
    rapidjson::Document read;
    if (!parse(body, read))
        return std::nullopt;
    const auto found = read.FindMember("request_id");
    if (found == read.MemberEnd() || !found->value.IsString())
        return std::nullopt;
    return parse_uuid(text_of(found->value));
}

std::vector<std::pair<std::string, std::string>> job_sketch(std::string_view body) {
    std::vector<std::pair<std::string, std::string>> fields;
    rapidjson::Document read;
    if (!parse(body, read))
        return fields;
    for (const auto& member : read.GetObject()) {
        const auto name = text_of(member.name);
        fields.emplace_back(shown_name(name), shown_field(name, member.value));
    }
    return fields;
}

}  // namespace otp
