#pragma once

#include "common/core/secret.hpp"
#include "sandbox/answer.hpp"
#include "sandbox/twilio_request.hpp"

#include <optional>

namespace otp::sandbox {

// Who may call as the account that the sandbox plays.
class twilio_credentials {
public:
    // Without an account everybody is refused.
    explicit twilio_credentials(const std::optional<twilio_account>& account);

    // 20003 for everybody else.
    std::optional<answer> refused(const request& what) const;

private:
    bool played_;
    secret by_token_;    // the Authorization headers that are right
    secret by_api_key_;  // empty where there is no API key
};

}  // namespace otp::sandbox
