#pragma once

#include "common/core/uuid.hpp"
#include "verify/proof/proof_key.hpp"

#include <chrono>
#include <string>
#include <string_view>
#include <vector>

namespace otp {

// How long an app may accept a proof.
inline constexpr std::chrono::seconds proof_life{300};

// What proofs are made with.
struct proof_settings {
    std::vector<proof_key> keys;  // the first signs; none: no proofs are made
    std::string issuer;
};

// What a proof says: that whoever holds it gave the right code.
struct proof_claims {
    std::string_view issuer;
    std::string_view tenant;
    std::string_view number;  // E.164
    std::string_view purpose;
    uuid verification_id;
    uuid proof_id;  // by which an app knows that it has seen it
    std::chrono::system_clock::time_point at;
};

// A JWT of type otp-proof+jwt, signed by ES256.
std::string sign_proof(const proof_key& key, const proof_claims& claims);

}  // namespace otp
