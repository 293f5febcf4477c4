#pragma once

#include <optional>
#include <string>

namespace otp {

// What a file holds; empty where it cannot be read, as where a folder is in its place.
std::optional<std::string> whole_file(const std::string& path);

}  // namespace otp
