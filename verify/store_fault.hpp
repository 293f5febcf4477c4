#pragma once

#include "common/postgres/error.hpp"
#include "verify/problem.hpp"

#include <string_view>

namespace otp {

// The database did not do what was asked of it: logged, with the statement that was under way, and
// the 503 that the client gets.
problem store_fault(std::string_view during, const postgres::error& why);

}  // namespace otp
