#pragma once

#include "common/config/settings.hpp"
#include "common/limits/read_limit_rules.hpp"

#include <string>
#include <vector>

namespace otp {

// The rules of sending as they stand now, and the file they may be read from again.
class live_limits {
public:
    live_limits() = default;

    // `path`: empty, the defaults hold. `countries`: OTP_COUNTRIES, which goes before the file.
    live_limits(std::string path, limits_file which, std::vector<std::string> countries);

    // Reads the file. What is wrong with it, if anything: then nothing has changed.
    std::vector<std::string> load();

    // Changes in place with load(); lives as long as this.
    const limit_rules& rules() const noexcept { return rules_; }
    const std::string& path() const noexcept { return path_; }

private:
    void put_countries();

    std::string path_;
    limits_file which_ = limits_file::own;
    std::vector<std::string> countries_;
    limit_rules rules_;
};

// From OTP_LIMITS, else the file that the settings came from, and OTP_COUNTRIES; loaded, and shown
// with the settings. What is wrong is added to the faults of `from`.
live_limits read_live_limits(settings& from);

}  // namespace otp
