#pragma once

#include <string>
#include <string_view>

namespace otp {

// A new file that only its owner may read, for --out. Throws exit_with usage where there is one of
// that name.
void write_private_file(const std::string& path, std::string_view content);

}  // namespace otp
