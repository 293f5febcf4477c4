#pragma once

#include "common/core/secret.hpp"

#include <initializer_list>
#include <span>
#include <string_view>

namespace otp {

struct form_field {
    std::string_view name;
    std::string_view value;
};

// application/x-www-form-urlencoded as the URL standard writes it: A-Z a-z 0-9 * - . _ stay, space
// becomes
// +, every other byte %XX. Measured first and written straight into the secret, so that no ordinary
// string ever holds a copy of a code.
secret encode_form(std::span<const form_field> fields);

// The parts one after another, in a secret.
secret join_secret(std::initializer_list<std::string_view> parts);

}  // namespace otp
