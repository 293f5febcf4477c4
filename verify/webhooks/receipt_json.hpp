#pragma once

#include <rapidjson/document.h>

#include <optional>
#include <string>
#include <string_view>

namespace otp {

// A receipt's JSON, whatever its depth; empty where it is none, or not UTF-8.
std::optional<rapidjson::Document> parse_receipt_json(std::string_view text);

// The member of that name; null where `of` is null or no object, or has none.
const rapidjson::Value* member(const rapidjson::Value* of, const char* name);

// The elements of an array; none of anything else.
rapidjson::Value::ConstArray elements(const rapidjson::Value* of);

// A text, or a whole number in digits; else empty.
std::string text_of(const rapidjson::Value* value);

}  // namespace otp
