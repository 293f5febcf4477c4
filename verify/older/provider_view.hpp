#pragma once

#include "common/config/settings.hpp"
#include "common/config/shared_settings.hpp"
#include "common/phone/phone_number.hpp"

#include <optional>
#include <string>

namespace otp::older {

// What the older debugging routes show; made once at start. No secret is ever in it, nor in the
// memory of this process for its sake: where one is set, a mask takes its place.
struct provider_view {
    std::string settings;      // GET /debug/whatsapp: which settings are present
    std::string test_request;  // GET /debug/test-request: what a worker would send
};

// `to` is the number of the shown requests; where it is empty, a number that nobody has. Settings
// that are not sound are no fault here: the answer names them.
provider_view read_provider_view(
    settings& from,
    const code_settings& code,
    const std::string& callback_url,
    const std::optional<phone_number>& to
);

}  // namespace otp::older
