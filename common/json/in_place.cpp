#include "common/json/in_place.hpp"

#include <rapidjson/error/en.h>

#include <algorithm>

namespace otp {

namespace {

json_fault at_byte(json_fault::kind what, std::size_t offset, const char* why) {
    return {what, "body: byte " + std::to_string(offset) + ": " + why};
}

}  // namespace

secret copy_to_parse(std::string_view text) {
    secret copy = secret::of_size(text.size() + 4);
    std::ranges::copy(text, copy.bytes().begin());
    return copy;
}

std::optional<json_fault> find_byte_fault(std::string_view body) {
    using kind = json_fault::kind;
    if (body.starts_with("\xEF\xBB\xBF"))
        return json_fault{kind::byte_order_mark, "body: expected no byte order mark"};
    // RapidJSON would take it for the end.
    if (const auto zero = body.find('\0'); zero != std::string_view::npos)
        return at_byte(kind::not_json, zero, "a zero byte");
    return std::nullopt;
}

json_fault parse_fault(rapidjson::ParseErrorCode error, std::size_t offset) {
    const bool encoding = error == rapidjson::kParseErrorStringInvalidEncoding;
    const auto what = encoding ? json_fault::kind::not_utf8 : json_fault::kind::not_json;
    return at_byte(what, offset, rapidjson::GetParseError_En(error));
}

}  // namespace otp
