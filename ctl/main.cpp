#include "common/config/known_settings.hpp"
#include "common/config/shared_settings.hpp"
#include "common/log/log.hpp"
#include "ctl/command.hpp"
#include "ctl/command_words.hpp"
#include "ctl/servers.hpp"

#include <algorithm>
#include <iostream>
#include <utility>

using namespace otp;

namespace {

// What the commands read, so that --check-config tells what holds, and what is wrong.
void read_all(settings& from) {
    read_startup_wait(from);
    read_retention_days(from);
    read_queue(from);
    from.text("AMQP_CA_FILE");
    if (!from.secret_text("AMQP_URL").empty())
        broker_options(from);
    if (!from.secret_text("DATABASE_URL").empty())
        database_url(from);
}

void print_help() {
    std::cout << "Usage: otpctl [--config FILE] [--SETTING VALUE]... COMMAND ...\n\nThe operator's "
                 "command line of otp-worker.\n\n"
              << help_of(commands())
              << "\nSettings, as environment variables, TOML keys, or flags before the command:\n"
              << describe_settings(setting_reader::otpctl)
              << "`doctor` reads those of the programs too.\n";
}

std::vector<command> with_first_word(const std::string& first) {
    std::vector<command> found;
    for (const auto& one : commands())
        if (first_word(one) == first)
            found.push_back(one);
    return found;
}

void print_help_of(const std::string& first) {
    std::cout << "Usage:\n\n" << help_of(with_first_word(first));
    if (!more_about(first).empty())
        std::cout << "\n" << more_about(first);
}

[[noreturn]] void unknown_command(const std::string& name) {
    throw exit_with(
        exit_code::usage,
        "unknown command " + name + "; the nearest known one is " +
            nearest(name, first_words(commands()))
    );
}

// A command of two words that stands alone, or with a second word that is none, is told which there
// are.
void require_second_word(const std::string& first, const std::vector<std::string>& words) {
    const auto seconds = second_words(commands(), first);
    const auto alone = with_first_word(first);
    const bool may_stand_alone =
        std::ranges::any_of(alone, [](const command& one) { return second_word(one).empty(); });
    if (seconds.empty() || may_stand_alone)
        return;
    if (words.empty()) {
        print_help_of(first);
        throw exit_with(exit_code::usage, first + " needs one of these words behind it");
    }
    if (std::ranges::find(seconds, words.front()) == seconds.end())
        throw exit_with(
            exit_code::usage,
            "unknown command " + first + " " + words.front() + "; the nearest known one is " +
                first + " " + nearest(words.front(), seconds)
        );
}

// The first word of the command and those behind it; "" where none is given.
std::pair<std::string, std::vector<std::string>> command_in(const command_line& line) {
    if (line.words.empty())
        return {};
    return {line.words.front(), {line.words.begin() + 1, line.words.end()}};
}

int run(const std::vector<std::string>& arguments) {
    // Settings stand before the command, its own flags behind it.
    const auto line = read_command_line(arguments);
    const auto [first, words] = command_in(line);
    const auto found = with_first_word(first);
    const bool asks_for_help = std::ranges::find(words, "--help") != words.end();
    if (asks_for_help && !found.empty()) {
        print_help_of(first);
        return static_cast<int>(exit_code::fine);
    }
    if (line.help || arguments.empty()) {
        print_help();
        return static_cast<int>(arguments.empty() ? exit_code::usage : exit_code::fine);
    }
    if (line.version) {
        std::cout << "otpctl " << OTP_VERSION << "\n";
        return 0;
    }
    auto values = read_settings(line);
    if (line.check_config) {
        read_all(values);
        require_sound(values);
        std::cout << values.effective();
        return static_cast<int>(exit_code::fine);
    }
    if (found.empty())
        unknown_command(first);
    require_second_word(first, words);
    return static_cast<int>(found.front().run(values, words));
}

// A full disk, a closed output: whoever asked must not take for told what nobody could read.
void require_told() {
    if (!std::cout.flush())
        throw exit_with(
            exit_code::unavailable,
            "standard output takes no more; what the command did stands, such as a key that it made"
        );
}

}  // namespace

int main(int argc, char** argv) {
    return guarded("otpctl", [&] {
        const int code = run({argv + 1, argv + argc});
        require_told();
        return code;
    });
}
