#include "common/config/known_settings.hpp"
#include "common/log/log.hpp"
#include "ctl/command.hpp"

#include <algorithm>
#include <iostream>

using namespace otp;

namespace {

constexpr command commands[] = {
    {"migrate",
     "[status] [--dry-run] [--folder DIR]",
     "bring the database's schema up to date",
     run_migrate},
    {"apikey",
     "create --tenant T [--scopes send,check,read,admin] | list [--tenant T] | rotate ID [--grace "
     "SECONDS] | revoke ID",
     "make, show, replace or end keys for otp-verify",
     run_apikey},
    {"enqueue",
     "--to +NUMBER [--channel C]... [--locale L] [--app A] [--tenant T] [--purpose P] [--template "
     "T] [--user U] "
     "[--ttl S] [--code-length N] [--request-id UUID] | --to-range +NUMBER --count N ...",
     "publish send-otp jobs",
     run_enqueue},
    {"dead",
     "list | show | replay | purge ...",
     "look at, replay or remove what lies on otp.dead; `otpctl dead --help`",
     run_dead},
    {"topology", "apply", "declare exchanges and queues", run_topology},
};

void print_help() {
    std::cout << "Usage: otpctl [--config FILE] COMMAND ...\n\nThe operator's command line of "
                 "otp-worker.\n\n";
    for (const auto& one : commands)
        std::cout << "  otpctl " << one.name << " " << one.usage << "\n      " << one.meaning
                  << "\n";
    std::cout
        << "\nSettings, as environment variables, TOML keys, or flags before the command:\n"
        << describe_settings(
               {"AMQP_URL", "DATABASE_URL", "AMQP_CA_FILE", "OTP_STARTUP_WAIT_SECONDS", "OTP_QUEUE"}
           );
}

const command& find_command(const std::string& name) {
    std::vector<std::string> names;
    for (const auto& one : commands) {
        if (one.name == name)
            return one;
        names.emplace_back(one.name);
    }
    throw exit_with(
        exit_code::usage,
        "unknown command " + name + "; the nearest known one is " + nearest(name, names)
    );
}

int run(const std::vector<std::string>& arguments) {
    // Settings stand before the command, its own flags behind it.
    const auto is_command = [](const std::string& word) {
        return std::any_of(std::begin(commands), std::end(commands), [&](const auto& one) {
            return one.name == word;
        });
    };
    const auto at = std::find_if(arguments.begin(), arguments.end(), is_command);
    const auto line = read_command_line({arguments.begin(), at});
    const std::vector<std::string> words(at == arguments.end() ? at : at + 1, arguments.end());
    const bool asks_for_help = std::find(words.begin(), words.end(), "--help") != words.end();
    if (asks_for_help && at != arguments.end() && *at == "dead")
        return static_cast<int>(print_help_of_dead());
    if (line.help || asks_for_help || arguments.empty()) {
        print_help();
        return static_cast<int>(arguments.empty() ? exit_code::usage : exit_code::fine);
    }
    if (line.version) {
        std::cout << "otpctl " << OTP_VERSION << "\n";
        return 0;
    }
    auto values = read_settings(line);
    if (line.check_config) {
        for (const auto* name : {"AMQP_URL", "DATABASE_URL", "AMQP_CA_FILE", "OTP_QUEUE"})
            values.text(name);
        std::cout << values.effective();
        return static_cast<int>(
            values.faults().empty() ? exit_code::fine : exit_code::configuration
        );
    }
    if (at == arguments.end())
        find_command(line.words.empty() ? "" : line.words.front());
    return static_cast<int>(find_command(*at).run(values, words));
}

}  // namespace

int main(int argc, char** argv) {
    return guarded("otpctl", [&] { return run({argv + 1, argv + argc}); });
}
