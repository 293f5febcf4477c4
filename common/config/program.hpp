#pragma once

#include "common/config/known_settings.hpp"
#include "common/config/settings.hpp"

#include <functional>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

namespace otp {

// Exit codes of every program (sysexits.h).
enum class exit_code { fine = 0, usage = 64, unavailable = 69, bug = 70, configuration = 78 };

// Ends the program with a code and one line on standard error.
struct exit_with : std::runtime_error {
    exit_with(exit_code why, const std::string& text) : std::runtime_error(text), code(why) {}
    exit_code code;
};

struct command_line {
    bool help = false;
    bool version = false;
    bool check_config = false;
    std::string config_file;
    settings::values flags;  // by environment name
    // From the first word on that is neither a flag nor a flag's value: a sub-command, and what is
    // its own.
    std::vector<std::string> words;
};

// Reads argv. A flag before the first such word that is no setting is an error naming the nearest
// one. Throws exit_with usage.
command_line read_command_line(const std::vector<std::string>& arguments);

// The settings of this process. Faults of the file are among faults().
settings read_settings(const command_line& from);

// What --help prints after the usage lines: every setting that program reads, with its meaning;
// those that can only stand in the TOML file behind the others.
std::string describe_settings(setting_reader who);

struct program {
    std::string name;
    std::string summary;
    setting_reader who;  // whose settings --help tells
    // Reads the settings (all faults gathered in them, which live until the program has run) and
    // gives back what runs the program.
    std::function<std::function<exit_code()>(settings&)> prepare;
};

// Runs `body`, and turns what it throws into one line on standard error and an exit code.
int guarded(std::string_view name, const std::function<int()>& body);

// main() of the daemons: --help, --version, --check-config, exit codes, messages.
int run_program(const program& what, int argc, char** argv);

}  // namespace otp
