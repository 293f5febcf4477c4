#include "verify/client_body.hpp"

#include "common/job/reasons.hpp"
#include "common/job/shown_name.hpp"
#include "common/json/in_place.hpp"

#include <algorithm>

namespace otp {

namespace {

problem malformed(const json_fault& fault) {
    problem why(400, "malformed_request", fault.detail);
    why.errors.push_back({"", std::string(to_string(reason_of(fault.what))), fault.detail});
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

client_body::client_body(std::size_t size)
    : values_(secret::of_size(most_bytes_of_values(size))),
      pool_(
          std::make_unique<rapidjson::MemoryPoolAllocator<>>(values_.bytes().data(), values_.size())
      ),
      document_(std::make_unique<json>(pool_.get())) {}

or_problem<client_body> client_body::parse(const secret& body) {
    client_body parsed(body.size());
    if (const auto fault = parse_in_place(body.reveal(), parsed.text_, parsed.document()))
        return malformed(*fault);
    return parsed;
}

std::optional<std::string_view> client_body::text(const char* name) const {
    const auto member = document_->FindMember(name);
    if (member == document_->MemberEnd() || !member->value.IsString())
        return std::nullopt;
    return std::string_view(member->value.GetString(), member->value.GetStringLength());
}

std::optional<std::uint64_t> client_body::whole_number(const char* name) const {
    const auto member = document_->FindMember(name);
    if (member == document_->MemberEnd() || !member->value.IsUint64())
        return std::nullopt;
    return member->value.GetUint64();
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
