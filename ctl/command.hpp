#pragma once

#include "common/config/program.hpp"
#include "common/config/settings.hpp"

#include <string>
#include <vector>

namespace otp {

// One command of otpctl. `words` are what stands behind its name on the command line. Throws
// exit_with.
struct command {
    const char* name;
    const char* usage;    // behind the name
    const char* meaning;  // one line
    exit_code (*run)(settings& from, const std::vector<std::string>& words);
};

exit_code run_migrate(settings& from, const std::vector<std::string>& words);
exit_code run_apikey(settings& from, const std::vector<std::string>& words);
exit_code run_enqueue(settings& from, const std::vector<std::string>& words);
exit_code print_help_of_dead();
exit_code run_dead(settings& from, const std::vector<std::string>& words);
exit_code run_topology(settings& from, const std::vector<std::string>& words);

}  // namespace otp
