#pragma once

#include "common/core/secret.hpp"

#include <initializer_list>
#include <string_view>

namespace otp {

// The head lines that are the same for every request of a provider, made once; `credential_line` is
// one line without CRLF, such as "apikey: …".
secret request_head(std::string_view credential_line);
secret form_request_head(std::string_view credential_line);  // of one whose body is a form

// The parts one after another, in a secret: no ordinary string holds a copy.
secret join_secret(std::initializer_list<std::string_view> parts);

// "Authorization: Basic …" (RFC 7617).
secret basic_authorization(std::string_view user, std::string_view password);

}  // namespace otp
