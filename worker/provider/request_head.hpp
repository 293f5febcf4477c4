#pragma once

#include "common/core/secret.hpp"

#include <string_view>

namespace otp {

// The head lines that are the same for every request of a provider, made once; `credential_line` is
// one line without CRLF, such as "apikey: …".
secret form_request_head(std::string_view credential_line);

// "Authorization: Basic …" (RFC 7617).
secret basic_authorization(std::string_view user, std::string_view password);

}  // namespace otp
