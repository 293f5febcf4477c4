#pragma once

#include "common/core/secret.hpp"
#include "common/http/form.hpp"
#include "common/http/server.hpp"

#include <optional>
#include <string>
#include <string_view>

namespace otp {

// The fields of a request that carries Twilio's signature: a form's, or those of a JSON body whose
// SHA-256 is in the signed URL as `bodySHA256`. Empty where the signature is missing, given twice
// or wrong, or where the body is not what was signed.
//
// The signed URL is `public_base` and the request's target as it came: what Host or a proxy's
// headers say is the sender's word, and not believed.
// https://www.twilio.com/docs/usage/webhooks/webhooks-security
std::optional<http::form> fields_from_twilio(
    const http::server_request& request,
    std::string_view public_base,
    const secret& auth_token
);

// Signers disagree about the port: either the URL with its port (443 or 80 where none is written)
// or the URL without any may have been signed.
std::string with_port(std::string_view url);
std::string without_port(std::string_view url);

}  // namespace otp
