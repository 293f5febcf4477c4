#pragma once

#include "common/config/settings.hpp"

#include <string>
#include <vector>

namespace otp {

// Folders of secrets that the units of this package give to the programs: those of `secrets` beside
// the file of --config. `words`: of shared, worker, verify. None where nothing is installed so.
std::vector<std::string> unit_secret_folders(
    const settings& from,
    const std::vector<std::string>& words
);

// Lets `from` find what stands in them, as the programs do.
void take_unit_secrets(settings& from, const std::vector<std::string>& words);

}  // namespace otp
