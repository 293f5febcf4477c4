#pragma once

#include <string>
#include <string_view>

namespace otp {

// Where a folder that comes with the programs lies: <prefix>/share/otp-worker/<name> for a program
// that was installed as <prefix>/bin/..., else <name>, as in a checkout.
std::string installed_folder(std::string_view name);

}  // namespace otp
