#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace otp {

// One record of CSV as RFC 4180 has it, with its CRLF. A NULL is an empty field, an empty text "".
std::string csv_record(const std::vector<std::optional<std::string>>& fields);

}  // namespace otp
