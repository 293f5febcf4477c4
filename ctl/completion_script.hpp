#pragma once

#include "ctl/command.hpp"

#include <span>
#include <string>

// Scripts that complete otpctl's command line in a shell, made of the table of commands.
namespace otp {

std::string bash_completion(std::span<const command> all);
std::string zsh_completion(std::span<const command> all);
std::string fish_completion(std::span<const command> all);

}  // namespace otp
