#include "sandbox/twilio_credentials.hpp"

#include "common/core/base64.hpp"
#include "sandbox/twilio_errors.hpp"

#include <string>
#include <string_view>

namespace otp::sandbox {

namespace {

secret basic(std::string_view user, std::string_view password) {
    const secret encoded = base64(std::string(user) + ":" + std::string(password));
    return secret("Basic " + std::string(encoded.reveal()));
}

}  // namespace

twilio_credentials::twilio_credentials(const std::optional<twilio_account>& account)
    : played_(account.has_value()) {
    if (!account)
        return;
    by_token_ = basic(account->sid, account->auth_token.reveal());
    if (!account->api_key.empty())
        by_api_key_ = basic(account->api_key, account->api_secret.reveal());
}

std::optional<answer> twilio_credentials::refused(const request& what) const {
    if (!played_)
        return twilio_unauthorised("the sandbox was started without TWILIO_ACCOUNT_SID");
    if (what.authorization.empty())
        return twilio_unauthorised("No credentials provided");
    const bool known = by_token_.equals(what.authorization) ||
                       (!by_api_key_.empty() && by_api_key_.equals(what.authorization));
    if (!known)
        return twilio_unauthorised("invalid username");
    return std::nullopt;
}

}  // namespace otp::sandbox
