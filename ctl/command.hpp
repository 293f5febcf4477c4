#pragma once

#include "common/config/program.hpp"
#include "common/config/settings.hpp"

#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace otp {

// One command of otpctl. Help, shell completion and the man page are made of these rows, so what a
// command takes is written once: each flag in `usage` as "--flag", "--flag VALUE" or
// "--flag one|two".
struct command {
    const char* name;     // of two words where it is one of several: "dead list"
    const char* usage;    // behind the name
    const char* meaning;  // a sentence or a few, without a final full stop
    // `words` are what stands behind the first word of the name. Throws exit_with.
    exit_code (*run)(settings& from, const std::vector<std::string>& words);
};

// In the order in which help shows them.
std::span<const command> commands();

// What is to be said about several commands of one first word, "" mostly.
std::string_view more_about(std::string_view first_word);

}  // namespace otp
