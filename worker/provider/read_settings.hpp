#pragma once

#include "common/config/settings.hpp"
#include "worker/provider/make_providers.hpp"

#include <string_view>

namespace otp {

// The TWILIO_ and GUPSHUP_ settings that a worker calls providers by, as they stand: `faults_of`
// says what is wrong with them. `secret_of` gives the value of each secret one, for those who show
// what would be sent and must not hold it.
provider_settings read_provider_settings(
    settings& from,
    secret (*secret_of)(settings& from, std::string_view name)
);

}  // namespace otp
