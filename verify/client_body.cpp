#include "verify/client_body.hpp"

#include "common/job/reasons.hpp"

#include <rapidjson/error/en.h>

#include <algorithm>

namespace otp {

namespace {

// The parser that keeps its place in memory of its own: no depth of brackets uses up the stack.
constexpr unsigned parse_flags =
    rapidjson::kParseIterativeFlag | rapidjson::kParseValidateEncodingFlag;

problem malformed(job_reason reason, std::string detail) {
    problem why(400, "malformed_request", detail);
    why.errors.push_back({"", std::string(to_string(reason)), std::move(detail)});
    return why;
}

// Every value takes 16 bytes, and at least one of the text; a member 32, of five. The rest is for
// what is added later, and for the pool's own notes. More would be taken from the heap.
constexpr std::size_t most_bytes_of_values(std::size_t text) {
    return 16 * text + 1024;
}

std::string_view name_of(const rapidjson::Value::Member& member) {
    return {member.name.GetString(), member.name.GetStringLength()};
}

}  // namespace

client_body::client_body(std::string_view text)
    : text_(secret::of_size(text.size() + 4)),
      values_(secret::of_size(most_bytes_of_values(text.size()))),
      pool_(
          std::make_unique<rapidjson::MemoryPoolAllocator<>>(values_.bytes().data(), values_.size())
      ),
      document_(std::make_unique<json>(pool_.get())) {
    // Zeros follow the text: its end, and three more because RapidJSON checks a character of up to
    // four bytes without looking for the end.
    std::copy(text.begin(), text.end(), text_.bytes().begin());
}

or_problem<client_body> client_body::parse(const secret& body) {
    const auto bytes = body.reveal();
    if (bytes.starts_with("\xEF\xBB\xBF"))
        return malformed(job_reason::byte_order_mark, "body: expected no byte order mark");
    // RapidJSON would take a zero byte for the end.
    if (bytes.find('\0') != std::string_view::npos)
        return malformed(job_reason::not_json, "body: expected JSON, found a zero byte");
    client_body parsed(bytes);
    auto& document = parsed.document();
    document.ParseInsitu<parse_flags>(parsed.text_.bytes().data());
    if (document.HasParseError()) {
        const auto error = document.GetParseError();
        const bool encoding = error == rapidjson::kParseErrorStringInvalidEncoding;
        return malformed(
            encoding ? job_reason::not_utf8 : job_reason::not_json,
            "body: byte " + std::to_string(document.GetErrorOffset()) + ": " +
                rapidjson::GetParseError_En(error)
        );
    }
    if (!document.IsObject())
        return malformed(job_reason::not_an_object, "body: expected an object");
    return parsed;
}

std::optional<std::string_view> client_body::text(const char* name) const {
    const auto member = document_->FindMember(name);
    if (member == document_->MemberEnd() || !member->value.IsString())
        return std::nullopt;
    return std::string_view(member->value.GetString(), member->value.GetStringLength());
}

bool client_body::has(const char* name) const {
    const auto member = document_->FindMember(name);
    return member != document_->MemberEnd() && !member->value.IsNull();
}

std::vector<field_problem> client_body::unexpected(std::span<const std::string_view> known) const {
    std::vector<field_problem> found;
    for (auto member = document_->MemberBegin(); member != document_->MemberEnd(); ++member) {
        const auto name = name_of(*member);
        const auto same = [name](const auto& other) { return name_of(other) == name; };
        if (std::find(known.begin(), known.end(), name) == known.end()) {
            const auto word = to_string(job_reason::unknown_field);
            found.push_back({shown_name(name), std::string(word), "this request has no such field"}
            );
        } else if (std::any_of(document_->MemberBegin(), member, same)) {
            const auto word = to_string(job_reason::duplicate_field);
            found.push_back({std::string(name), std::string(word), "expected once"});
        }
    }
    return found;
}

}  // namespace otp
