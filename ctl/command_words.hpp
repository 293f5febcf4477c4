#pragma once

#include "ctl/command.hpp"

#include <span>
#include <string>
#include <string_view>
#include <vector>

// What the table of commands says, taken apart.
namespace otp {

// "dead list" is dead and list.
std::string first_word(const command& one);
std::string second_word(const command& one);  // may be empty

// All first words, each once, in their order.
std::vector<std::string> first_words(std::span<const command> all);

// The second words of one first word, in their order.
std::vector<std::string> second_words(std::span<const command> all, std::string_view first);

struct flag_usage {
    std::string name;                  // "--format"
    std::string value;                 // "csv|json", "FILE"; empty: it takes none
    std::vector<std::string> choices;  // csv, json; empty where the value is free
};

std::vector<flag_usage> flags_of(const command& one);

// The words of a place that is no flag: "sms|whatsapp" gives both, "NAME" gives none.
std::vector<std::string> choices_of(const command& one);

// Breaks lines at blanks so that none is longer, each after the first indented.
std::string wrapped(std::string_view text, std::size_t width, std::size_t indent);

// What --help prints for these commands.
std::string help_of(std::span<const command> some);

}  // namespace otp
