#pragma once

#include "common/config/program.hpp"
#include "common/config/settings.hpp"

#include <string>
#include <vector>

// The commands of `otpctl dead`. `words` are what stands behind them. All throw exit_with.
namespace otp {

exit_code run_dead_list(settings& from, const std::vector<std::string>& words);
exit_code run_dead_show(settings& from, const std::vector<std::string>& words);
exit_code run_dead_replay(settings& from, const std::vector<std::string>& words);
exit_code run_dead_purge(settings& from, const std::vector<std::string>& words);

}  // namespace otp
