#pragma once

#include "common/core/secret.hpp"
#include "common/json/json_fault.hpp"

#include <rapidjson/document.h>

#include <cstddef>
#include <optional>
#include <string_view>

namespace otp {

// A copy of `text` for RapidJSON to parse where it lies, in memory that is wiped. Zeros follow the
// text: its end, and three more because RapidJSON checks a character of up to four bytes without
// looking for the end.
secret copy_to_parse(std::string_view text);

// What RapidJSON would not see.
std::optional<json_fault> find_byte_fault(std::string_view body);
json_fault parse_fault(rapidjson::ParseErrorCode error, std::size_t offset);

// Parses a stranger's body into a document of RapidJSON, whose texts then point into `copy`. The
// parser is the one that keeps its place in memory of its own: no depth of brackets uses up the
// stack.
template <class Document>
std::optional<json_fault> parse_in_place(std::string_view body, secret& copy, Document& into) {
    if (auto fault = find_byte_fault(body))
        return fault;
    copy = copy_to_parse(body);
    constexpr unsigned flags =
        rapidjson::kParseIterativeFlag | rapidjson::kParseValidateEncodingFlag;
    into.template ParseInsitu<flags>(copy.bytes().data());
    if (into.HasParseError())
        return parse_fault(into.GetParseError(), into.GetErrorOffset());
    if (!into.IsObject())
        return json_fault{json_fault::kind::not_an_object, "body: expected an object"};
    return std::nullopt;
}

}  // namespace otp
