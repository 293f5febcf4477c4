#pragma once

#include "common/core/secret.hpp"

#include <boost/system/result.hpp>

#include <cstddef>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

// application/x-www-form-urlencoded, as the WHATWG URL Standard writes and reads it.
namespace otp::http {

struct form_field {
    std::string_view name;
    std::string_view value;
};

// A form may carry a one-time code, so it is written into a secret, in one block of the right size.
secret encode_form(std::span<const form_field> fields);

struct form_limits {
    std::size_t most_fields = 100;
    std::size_t most_bytes = 65536;  // of the encoded text
};

struct form_fault {
    std::string_view text;  // a literal; never quotes the form
};

using form = std::vector<std::pair<std::string, std::string>>;

// In the order sent, repeated names kept. Stricter than the standard, which lets a lone '%' stand:
// refused are broken escapes, NUL, control characters and spaces sent as they are, and fields
// without a name. A name without '=' has an empty value; empty pieces ("a=1&&b=2") are skipped.
boost::system::result<form, form_fault> decode_form(std::string_view text, form_limits limits = {});

// The first value of that name, or empty.
std::string_view form_value(const form& fields, std::string_view name) noexcept;

}  // namespace otp::http
