#pragma once

#include "common/core/secret.hpp"
#include "verify/problem.hpp"

#include <rapidjson/document.h>

#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace otp {

// The JSON object a client sent. It may hold a one-time code, so it is parsed in place: its texts
// stay in one block that is wiped with this, and the parser's own memory holds pointers into it.
class client_body {
public:
    // Refused: what is no JSON object in UTF-8.
    static or_problem<client_body> parse(const secret& body);

    // The text of a member; empty where it is absent, null or no text. Lives as long as this.
    std::optional<std::string_view> text(const char* name) const;

    bool has(const char* name) const;  // and it is not null

    rapidjson::Document& document() noexcept { return document_; }

    // Members that are not in `known`, and those given twice.
    std::vector<field_problem> unexpected(std::span<const std::string_view> known) const;

private:
    client_body() = default;

    secret text_;
    rapidjson::Document document_;
};

}  // namespace otp
