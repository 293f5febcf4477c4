#pragma once

#include "tests/support/memory_delivery_store.hpp"

#include <algorithm>
#include <chrono>
#include <cstddef>
#include <limits>
#include <optional>
#include <string>
#include <string_view>

// The rules of migrations/0003_send_rules.sql, as far as memory_delivery_store has them.
namespace otp::test {

using std::chrono::milliseconds;
using std::chrono::seconds;
using std::chrono::system_clock;

inline constexpr std::size_t most_attempts = 4;
inline constexpr seconds least_life{30};

inline milliseconds until(system_clock::time_point at) {
    return std::chrono::duration_cast<milliseconds>(at - system_clock::now());
}

inline bool moves(std::string_view from, std::string_view to) {
    if (from == "started")
        return true;
    if (from == "in_doubt")
        return to != "in_doubt";
    return from == "accepted" ? to == "delivered" || to == "undelivered"
                              : from == "undelivered" && to == "delivered";
}

inline bool is_open(const memory_delivery_store::attempt& one) {
    return one.state == "started" || one.state == "in_doubt";
}

// The lane tried least, without providers that were tried twice or may have reached the person,
// lanes that refused, and channels that were barred.
inline std::optional<std::string> next_lane(
    const memory_delivery_store::delivery& of,
    std::string_view route
) {
    std::optional<std::string> best;
    std::size_t least = std::numeric_limits<std::size_t>::max();
    while (!route.empty()) {
        const auto lane = route.substr(0, route.find(','));
        route.remove_prefix(std::min(route.size(), lane.size() + 1));
        std::size_t tries = 0;
        std::size_t counted = 0;
        bool is_out = false;
        for (const auto& one : of.attempts) {
            const bool same_channel = one.channel == lane.substr(lane.find('/') + 1);
            is_out |= same_channel && one.bars_channel;
            if (one.provider != lane.substr(0, lane.find('/')))
                continue;
            ++tries;
            counted += one.counted ? 1 : 0;
            const bool was_texted = one.state != "refused" && one.state != "not_sent";
            is_out |= was_texted && (one.state != "undelivered" || same_channel);
            is_out |= one.state == "refused" && same_channel;
        }
        if (counted >= 2 || is_out || tries >= least)
            continue;
        least = tries;
        best = std::string(lane);
    }
    return best;
}

inline bool has_attempts_left(const memory_delivery_store::delivery& of) {
    const auto counted = std::count_if(of.attempts.begin(), of.attempts.end(), [](const auto& one) {
        return one.counted;
    });
    return static_cast<std::size_t>(counted) < most_attempts;
}

inline bool is_late(const memory_delivery_store::delivery& of) {
    return until(of.ends) < least_life;
}

// One that could not be understood when it first came is new when it comes mended: to its tenant,
// or to any where the tenant could not be read either.
inline bool is_new_when_mended(
    const memory_delivery_store::delivery& known,
    std::string_view tenant
) {
    return known.status == "rejected" && known.number.empty() &&
           (known.tenant.empty() || known.tenant == tenant);
}

// Of one that was not texted, and will not be.
inline std::string end_for(std::string_view reason, const memory_delivery_store::delivery& of) {
    if (of.status == "sent")
        return "undelivered";
    return reason == "expired" ? "expired" : "failed";
}

inline store_error failed(const memory_delivery_store::failure& how) {
    return {how.why, "a failure that the test asked for"};
}

}  // namespace otp::test
