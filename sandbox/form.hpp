#pragma once

#include "common/http/form.hpp"

#include <optional>
#include <string>
#include <string_view>

namespace otp::sandbox {

// Names and values in wire order, decoded.
using fields = http::form;

// Reads application/x-www-form-urlencoded text (a body or a query). Empty where its encoding is
// broken, or where a name or value is not UTF-8.
std::optional<fields> read_form(std::string_view text);

std::string write_form(const fields& values);

// The first value of that name, or null.
const std::string* find(const fields& values, std::string_view name);

// The first value, or empty where it is missing.
using http::form_value;

// Unicode characters in UTF-8 text.
std::size_t characters(std::string_view text);

}  // namespace otp::sandbox
