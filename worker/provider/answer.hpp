#pragma once

#include "common/core/secret.hpp"
#include "common/http/client.hpp"
#include "common/provider/error_table.hpp"
#include "common/provider/outcome.hpp"

#include <rapidjson/document.h>

#include <array>
#include <string_view>

namespace otp {

// What the classifiers of all providers share. The line they draw is whether the other side could
// have acted: only a complete refusal, or nothing written at all, is "not sent".

// A call without a complete answer. Where the status line was read it counts: a 4xx or 3xx refused,
// a 2xx or 5xx may have sent.
outcome judge_failure(const http::call_failure& failure);

// An answer by its status alone, for bodies that say nothing. A 2xx is in doubt here: whoever could
// read its body would not ask.
outcome judge_status(unsigned status);

// An answer by one row of the provider's error table.
outcome judge_code(std::string_view code, const error_row& row, unsigned status);

// A 2xx whose body cannot be read, or names no message: probably sent.
outcome unreadable(unsigned status, std::string_view error_code, std::string_view detail);

// Accepted by the provider, which is not delivered.
outcome accepted(unsigned status, std::string_view message_id);

// A message id that may be stored and logged: 1 to 128 of A-Z a-z 0-9 and -_.:= (Twilio's SIDs,
// UUIDs, the gateway's digits-digits, WhatsApp's wamid).
bool is_message_id(std::string_view text);

// An error code that may be stored and logged: 1 to 6 digits.
bool is_error_code(std::string_view text);

// A JSON answer parsed where it lies, in a copy that is wiped: answers echo text and number.
// Anything the other side may send is safe, deep nesting included (the parser does not recurse).
class json_answer {
public:
    explicit json_answer(const secret& body);
    json_answer(const json_answer&) = delete;  // the document lies in its room
    json_answer& operator=(const json_answer&) = delete;

    bool is_object() const noexcept { return !document_.HasParseError() && document_.IsObject(); }
    const rapidjson::Value& root() const noexcept { return document_; }

private:
    secret copy_;
    std::array<char, 2048> room_;  // else 64 KiB are taken from the heap for each answer
    rapidjson::Document::AllocatorType pool_;
    rapidjson::Document document_;
};

// The member, or null where `object` is no object or has none of that name.
const rapidjson::Value* member(const rapidjson::Value& object, std::string_view name);

// The member's text; empty where it is missing or no string. Points into the json_answer.
std::string_view text_of(const rapidjson::Value& object, std::string_view name);

}  // namespace otp
