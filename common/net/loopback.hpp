#pragma once

#include <string>

namespace otp::net {

// Whether `host`, a name or an address without brackets, is this machine itself, whatever its
// networks: "localhost", 127.0.0.0/8 or ::1.
bool is_loopback(const std::string& host);

}  // namespace otp::net
