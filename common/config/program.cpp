#include "common/config/program.hpp"

#include "common/config/known_settings.hpp"
#include "common/log/level_signals.hpp"

#include <sys/resource.h>
#include <unistd.h>

#include <algorithm>
#include <iostream>

namespace otp {

namespace {

[[noreturn]] void wrong_usage(const std::string& text) {
    throw exit_with(exit_code::usage, text);
}

settings::values environment_of_this_process() {
    settings::values found;
    for (char** entry = environ; *entry != nullptr; ++entry) {
        const std::string_view text(*entry);
        if (const auto equals = text.find('='); equals != std::string_view::npos)
            found.emplace(text.substr(0, equals), text.substr(equals + 1));
    }
    return found;
}

// What a flag without a value sets; null where it is none.
bool* switch_of(command_line& line, std::string_view flag) {
    if (flag == "--help")
        return &line.help;
    if (flag == "--version")
        return &line.version;
    return flag == "--check-config" ? &line.check_config : nullptr;
}

std::string name_of_flag(const std::string& flag) {
    std::vector<std::string> flags{"--help", "--version", "--check-config", "--config"};
    for (const auto& name : given_names()) {
        if (is_in_table(name))
            continue;
        if (flag_name(name) == flag)
            return name;
        flags.push_back(flag_name(name));
    }
    wrong_usage("unknown flag " + flag + "; the nearest known one is " + nearest(flag, flags));
}

void take_log_level(settings& from) {
    const auto name = from.one_of("OTP_LOG_LEVEL", {"debug", "info", "warning", "error"}, "info");
    log::set_level(*log::parse_level(name));
    log::change_level_by_signal(*log::parse_level(name));
}

// A core would hold the keys, from which every live code follows.
void forbid_core_dumps() {
    constexpr rlimit none{0, 0};
    ::setrlimit(RLIMIT_CORE, &none);
}

int run(const program& what, const std::vector<std::string>& arguments) {
    const auto line = read_command_line(arguments);
    if (!line.words.empty())
        wrong_usage(
            "unexpected argument " + line.words.front() + "; " + what.name + " takes flags only"
        );
    if (line.help) {
        std::cout << "Usage: " << what.name
                  << " [--config FILE] [--check-config] [--SETTING VALUE]...\n\n"
                  << what.summary << "\n\nSettings, as flags, environment variables or TOML keys:\n"
                  << describe_settings(what.who);
        return 0;
    }
    if (line.version) {
        std::cout << what.name << " " << OTP_VERSION << "\n";
        return 0;
    }
    auto values = read_settings(line);
    take_log_level(values);
    const auto body = what.prepare(values);
    if (!values.faults().empty()) {
        for (const auto& fault : values.faults())
            std::cerr << what.name << ": " << fault << "\n";
        return static_cast<int>(exit_code::configuration);
    }
    if (line.check_config) {
        std::cout << values.effective();
        return 0;
    }
    forbid_core_dumps();
    return static_cast<int>(body());
}

}  // namespace

command_line read_command_line(const std::vector<std::string>& arguments) {
    command_line line;
    for (std::size_t i = 0; i < arguments.size(); ++i) {
        const auto& word = arguments[i];
        if (!word.starts_with("--")) {
            line.words.assign(arguments.begin() + static_cast<std::ptrdiff_t>(i), arguments.end());
            break;
        }
        const auto equals = word.find('=');
        const auto flag = word.substr(0, equals);
        if (bool* given = switch_of(line, flag)) {
            if (equals != std::string::npos)
                wrong_usage(flag + " takes no value");
            *given = true;
        } else {
            const auto name = flag == "--config" ? std::string() : name_of_flag(flag);
            if (equals == std::string::npos && ++i == arguments.size())
                wrong_usage(flag + " needs a value");
            auto value = equals == std::string::npos ? arguments[i] : word.substr(equals + 1);
            if (flag == "--config")
                line.config_file = std::move(value);
            else
                line.flags[name] = std::move(value);
        }
    }
    return line;
}

settings read_settings(const command_line& from) {
    settings unread({}, environment_of_this_process(), from.flags);
    unread.set_file_path(from.config_file);
    return unread.read_again();
}

std::string describe_settings(setting_reader who) {
    std::string anywhere;
    std::string in_tables;
    for (const auto& one : settings_of(who)) {
        auto line = "  " + std::string(one.name);
        line.resize(std::max<std::size_t>(line.size() + 1, 32), ' ');
        (is_in_table(one.name) ? in_tables : anywhere) += line + std::string(one.help) + "\n";
    }
    if (!in_tables.empty())
        in_tables.insert(0, "\nIn tables of the TOML file only, such as [routes.IN]:\n");
    return anywhere + in_tables;
}

int guarded(std::string_view name, const std::function<int()>& body) {
    try {
        return body();
    } catch (const exit_with& e) {
        std::cerr << name << ": " << e.what() << "\n";
        return static_cast<int>(e.code);
    } catch (const std::exception& e) {
        std::cerr << name << ": bug: " << e.what() << "\n";
        return static_cast<int>(exit_code::bug);
    }
}

int run_program(const program& what, int argc, char** argv) {
    return guarded(what.name, [&] { return run(what, {argv + 1, argv + argc}); });
}

}  // namespace otp
