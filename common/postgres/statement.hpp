#pragma once

namespace otp::postgres {

// A statement of the program, one `constexpr` for each. `name` is its own within the program: a
// connection prepares the text under it at first use, with the types of the parameters, and
// remembers.
struct statement {
    const char* name;
    const char* sql;
};

}  // namespace otp::postgres
