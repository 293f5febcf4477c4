#pragma once

#include <cstddef>
#include <string_view>

namespace otp::bench {

// One HTTP/1.1 message as our own programs write it: a body comes with "Content-Length: ", spelled
// so. Views into what was read.
struct wire_message {
    std::string_view start;  // the first line
    std::string_view head;   // what follows it
    std::string_view body;
    std::size_t size = 0;  // of all of it; 0 while it is not complete
};

wire_message read_message(std::string_view text);

// What stands between `before` and the next `end`; empty where `before` does not occur.
std::string_view between(std::string_view text, std::string_view before, char end);

}  // namespace otp::bench
