#include "common/limits/store_bounds.hpp"

#include <algorithm>
#include <utility>

namespace otp {

store_bounds bounds_of(const limit_rules& rules) {
    store_bounds to;
    std::vector<std::optional<std::int32_t>> watched(6);
    const auto put = [&](limit_mode mode, int bound, auto& enforced, std::size_t place) {
        if (mode == limit_mode::enforce)
            enforced = bound;
        else if (mode == limit_mode::observe)
            watched[place] = bound;
    };
    put(rules.number.mode, rules.number.per_10_minutes, to.number_10_minutes, 0);
    put(rules.number.mode, rules.number.per_day, to.number_day, 1);
    put(rules.client_ip.mode, rules.client_ip.per_hour, to.ip_hour, 2);
    put(rules.user.mode, rules.user.per_hour, to.user_hour, 3);
    put(rules.user.mode, rules.user.per_day, to.user_day, 4);
    to.has_ladder = rules.resend != limit_mode::off;
    if (rules.resend == limit_mode::observe)
        watched[5] = 1;
    if (std::any_of(watched.begin(), watched.end(), [](const auto& one) {
            return one.has_value();
        }))
        to.watched = std::move(watched);
    return to;
}

}  // namespace otp
