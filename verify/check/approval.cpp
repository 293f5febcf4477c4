#include "verify/check/approval.hpp"

#include "verify/check/device_token.hpp"

namespace otp {

approval_extras approval_issuer::issue(const approval& of) const {
    approval_extras extras;
    if (!device_keys_.all().empty())
        extras.device_token =
            make_device_token(device_keys_.newest(), {of.tenant, of.number, of.purpose}, of.at);
    return extras;
}

}  // namespace otp
