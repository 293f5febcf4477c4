#pragma once

#include "common/core/secret.hpp"
#include "verify/problem.hpp"
#include "verify/wiping_allocator.hpp"

#include <rapidjson/document.h>

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace otp {

// The JSON object a client sent. It may hold a one-time code, so it is parsed in place: its texts
// stay in one block that is wiped with this. So are the parsed values: a code sent as a number is
// one of them.
class client_body {
public:
    using json = rapidjson::
        GenericDocument<rapidjson::UTF8<>, rapidjson::MemoryPoolAllocator<>, wiping_allocator>;

    // Refused: what is no JSON object in UTF-8.
    static or_problem<client_body> parse(const secret& body);

    // The text of a member; empty where it is absent, null or no text. Lives as long as this.
    std::optional<std::string_view> text(const char* name) const;

    // The same of a number without sign, fraction and exponent.
    std::optional<std::uint64_t> whole_number(const char* name) const;

    bool has(const char* name) const;  // and it is not null

    json& document() noexcept { return *document_; }

    // Members that are not in `known`, and those given twice.
    std::vector<field_problem> unexpected(std::span<const std::string_view> known) const;

private:
    explicit client_body(std::size_t size);

    secret text_;
    secret values_;  // where the pool puts them
    std::unique_ptr<rapidjson::MemoryPoolAllocator<>> pool_;
    std::unique_ptr<json> document_;
};

}  // namespace otp
