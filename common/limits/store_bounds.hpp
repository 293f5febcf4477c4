#pragma once

#include "common/limits/limit_rules.hpp"

#include <cstdint>
#include <optional>
#include <vector>

namespace otp {

// The windows and the ladder as begin_sends takes them (migrations/0004_begin_sends.sql): what is
// empty does not bind.
struct store_bounds {
    std::optional<std::int32_t> number_10_minutes;
    std::optional<std::int32_t> number_day;
    std::optional<std::int32_t> ip_hour;
    std::optional<std::int32_t> user_hour;
    std::optional<std::int32_t> user_day;
    // The same and the ladder, in that order, where they only observe; no element where none does.
    std::vector<std::optional<std::int32_t>> watched;
    bool has_ladder = true;  // false: it is switched off
};

store_bounds bounds_of(const limit_rules& rules);

}  // namespace otp
