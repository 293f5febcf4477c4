#pragma once

#include "common/http/server.hpp"
#include "verify/settings.hpp"

namespace otp {

// Takes the socket that the service manager keeps open for us, else binds OTP_LISTEN. Throws
// exit_with configuration where OTP_AUTH is off and the socket is not on loopback.
void listen(http::server& with, const verify_settings& from);

}  // namespace otp
