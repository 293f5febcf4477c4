#pragma once

#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <string_view>

// A fuzz target is one file with this function, in the form that libFuzzer asks for: it reads one
// input as an outsider may send it. Whatever the input, it must return, and every rule stated by
// must() must hold. tests/fuzz/replay.cpp calls the same function with the kept inputs, one by one.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size);

namespace otp::fuzz {

inline std::string_view text_of(const std::uint8_t* data, std::size_t size) {
    return {reinterpret_cast<const char*>(data), size};
}

// Ends the process with the rule that was broken, which makes the fuzzer keep the input.
inline void must(bool holds, const char* rule) {
    if (holds)
        return;
    std::fprintf(stderr, "broken rule: %s\n", rule);
    std::abort();
}

// A place to cut an input in two, which every input has its own.
inline std::size_t cut_of(std::string_view input) {
    std::size_t sum = 0;
    for (const char c : input)
        sum = sum * 31 + static_cast<unsigned char>(c);
    return input.empty() ? 0 : sum % (input.size() + 1);
}

// Cuts the first line off `input`, without its LF; all of it where there is none.
inline std::string_view take_line(std::string_view& input) {
    const auto end = input.find('\n');
    const auto line = input.substr(0, end);
    input.remove_prefix(end == std::string_view::npos ? input.size() : end + 1);
    return line;
}

}  // namespace otp::fuzz
