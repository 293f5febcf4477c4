#pragma once

#include "common/config/settings.hpp"

namespace otp {

// OTP_RETENTION_DAYS, 1 to 3650: what is older goes. A fault of it is the settings'.
int retention_days(settings& from);

}  // namespace otp
