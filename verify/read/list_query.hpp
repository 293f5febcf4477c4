#pragma once

#include "common/store/delivery_list.hpp"
#include "verify/problem.hpp"

#include <string_view>

namespace otp {

// The query of GET /v1/deliveries, as sent. Every wrong, unknown or repeated filter is named; a
// typo must not list everything. Numbers without + are read in `region`.
or_problem<delivery_filter> read_list_query(std::string_view query, std::string_view region);

}  // namespace otp
