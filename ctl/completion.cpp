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
    const auto settings_text = describe_settings(
        {"AMQP_URL", "DATABASE_URL", "AMQP_CA_FILE", "OTP_STARTUP_WAIT_SECONDS", "OTP_QUEUE"}
    );
    std::cout << man_page(commands(), settings_text, more_about);
    return exit_code::fine;
}

}  // namespace otp
