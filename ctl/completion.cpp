#include "common/config/program.hpp"
#include "ctl/command.hpp"
#include "ctl/completion_script.hpp"
#include "ctl/man_page.hpp"
#include "ctl/run_commands.hpp"

#include <iostream>

namespace otp {

exit_code run_completion(settings&, const std::vector<std::string>& words) {
    if (words == std::vector<std::string>{"bash"})
        std::cout << bash_completion(commands());
    else if (words == std::vector<std::string>{"zsh"})
        std::cout << zsh_completion(commands());
    else if (words == std::vector<std::string>{"fish"})
        std::cout << fish_completion(commands());
    else
        throw exit_with(exit_code::usage, "completion takes bash, zsh or fish");
    return exit_code::fine;
}

exit_code run_man(settings&, const std::vector<std::string>& words) {
    if (!words.empty())
        throw exit_with(exit_code::usage, "man takes nothing");
    std::cout << man_page(commands(), describe_settings(setting_reader::otpctl), more_about);
    return exit_code::fine;
}

}  // namespace otp
