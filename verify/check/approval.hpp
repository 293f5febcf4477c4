#pragma once

#include "common/core/uuid.hpp"
#include "common/otp/keys.hpp"
#include "verify/proof/proof_signer.hpp"

#include <chrono>
#include <optional>
#include <string>
#include <string_view>

namespace otp {

// A right code: whose, for what, and when.
struct approval {
    std::string_view tenant;
    std::string_view number;  // E.164
    std::string_view purpose;
    uuid verification_id;
    std::chrono::system_clock::time_point at;
};

// What its answer carries besides the verdict; empty where that is switched off.
struct approval_extras {
    std::optional<std::string> proof;
    std::optional<std::string> device_token;
};

// Issues what a right code earns.
class approval_issuer {
public:
    // Without device keys no device is ever known, without proof keys nothing is signed.
    approval_issuer(const key_ring& device_keys, const proof_settings& proofs)
        : device_keys_(device_keys),
          proofs_(proofs) {}

    approval_extras issue(const approval& of) const;

private:
    const key_ring& device_keys_;
    const proof_settings& proofs_;
};

}  // namespace otp
