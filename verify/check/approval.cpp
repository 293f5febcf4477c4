#include "verify/check/approval.hpp"

#include "common/core/random.hpp"
#include "verify/check/device_token.hpp"

namespace otp {

approval_extras approval_issuer::issue(const approval& of) const {
    approval_extras extras;
    if (!device_keys_.all().empty())
        extras.device_token =
            make_device_token(device_keys_.newest(), {of.tenant, of.number, of.purpose}, of.at);
    if (!proofs_.keys.empty())
        extras.proof = sign_proof(
            proofs_.keys.front(),
            {proofs_.issuer,
             of.tenant,
             of.number,
             of.purpose,
             of.verification_id,
             new_uuid(),
             of.at}
        );
    return extras;
}

}  // namespace otp
