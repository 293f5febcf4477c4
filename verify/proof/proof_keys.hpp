#pragma once

#include "verify/proof/proof_signer.hpp"

namespace otp {

class settings;

// OTP_PROOF_KEYS, "id:path,id:path" with the paths of P-256 private keys in PEM, and
// OTP_PROOF_ISSUER. What is wrong becomes a fault of `from`, which names the key by its id.
proof_settings read_proof_settings(settings& from);

}  // namespace otp
