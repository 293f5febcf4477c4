#pragma once

#include "common/config/program.hpp"
#include "common/config/settings.hpp"

#include <string>
#include <vector>

// What the table of commands runs, a file each. `words` are what stands behind the first word of a
// command's name. All throw exit_with.
namespace otp {

exit_code run_apikey(settings& from, const std::vector<std::string>& words);
exit_code run_breaker(settings& from, const std::vector<std::string>& words);
exit_code run_capacity(settings& from, const std::vector<std::string>& words);
exit_code run_completion(settings& from, const std::vector<std::string>& words);
exit_code run_dead(settings& from, const std::vector<std::string>& words);
exit_code run_doctor(settings& from, const std::vector<std::string>& words);
exit_code run_enqueue(settings& from, const std::vector<std::string>& words);
exit_code run_export(settings& from, const std::vector<std::string>& words);
exit_code run_keys(settings& from, const std::vector<std::string>& words);
exit_code run_man(settings& from, const std::vector<std::string>& words);
exit_code run_migrate(settings& from, const std::vector<std::string>& words);
exit_code run_pause(settings& from, const std::vector<std::string>& words);
exit_code run_purge(settings& from, const std::vector<std::string>& words);
exit_code run_resume(settings& from, const std::vector<std::string>& words);
exit_code run_send_test(settings& from, const std::vector<std::string>& words);
exit_code run_status(settings& from, const std::vector<std::string>& words);
exit_code run_top(settings& from, const std::vector<std::string>& words);
exit_code run_topology(settings& from, const std::vector<std::string>& words);

}  // namespace otp
