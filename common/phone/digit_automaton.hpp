#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

namespace otp {

// A pattern over decimal digits, in the form in which libphonenumber writes numbering plans:
// digits, sets, \d, groups, alternatives and counts. Compiled to a table, it takes one look a
// digit, where a general engine of regular expressions takes microseconds.
class digit_automaton {
public:
    // Empty where the pattern holds anything else.
    static std::optional<digit_automaton> compile(std::string_view pattern);

    // The whole text.
    bool matches(std::string_view digits) const noexcept;
    // Parts that begin with its first digit and are not empty: a bit for the length of each.
    std::uint32_t starts(std::string_view digits) const noexcept;

private:
    struct state {
        std::array<std::uint16_t, 10> next{};  // 0: nothing that begins so matches
        bool accepts = false;
    };
    friend class automaton_builder;

    std::vector<state> states_;  // the first stands for failure, the second is where it begins
};

}  // namespace otp
