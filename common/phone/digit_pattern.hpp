#pragma once

#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

namespace otp {

// A pattern of digit_automaton as a tree.
struct digit_pattern {
    enum class kind { digit, sequence, choice, repeat };

    kind what = kind::sequence;
    std::uint16_t digits = 0;          // of a digit: a bit for each that may stand there
    std::vector<digit_pattern> parts;  // of all others; a repeat has one
    int least = 1;                     // of a repeat
    int most = 1;
};

// Empty where the text is no such pattern.
std::optional<digit_pattern> parse_digit_pattern(std::string_view text);

}  // namespace otp
