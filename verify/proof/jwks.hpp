#pragma once

#include "common/http/server.hpp"
#include "verify/proof/proof_key.hpp"

#include <chrono>
#include <string>
#include <vector>

namespace otp {

// How long an app may keep the set: a new key has to be listed for so long before it signs.
inline constexpr std::chrono::seconds jwks_age{300};

// The public halves of all keys, as a JSON Web Key Set (RFC 7517).
std::string jwks_of(const std::vector<proof_key>& keys);

// GET /.well-known/jwks.json
http::server_answer jwks_answer(const std::vector<proof_key>& keys);

}  // namespace otp
