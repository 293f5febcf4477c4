#pragma once

#include "common/postgres/params.hpp"

#include <cstddef>
#include <utility>
#include <vector>

namespace otp::postgres {

// A statement of the program, one `constexpr` for each. `name` is its own within the program: a
// connection prepares the text under it at first use, with the types of the parameters, and
// remembers.
struct statement {
    const char* name;
    const char* sql;
};

// Statements that travel together, in one round trip and one transaction: all take effect or none.
class unit {
public:
    struct step {
        statement what;
        params with;
    };

    unit& add(const statement& what, params with) {
        steps_.push_back({what, std::move(with)});
        return *this;
    }

    const std::vector<step>& steps() const noexcept { return steps_; }

private:
    std::vector<step> steps_;
};

}  // namespace otp::postgres
