#pragma once

#include "common/provider/outcome.hpp"
#include "worker/policy/lane.hpp"

#include <chrono>
#include <map>
#include <string>
#include <tuple>

namespace otp {

// Which failures of a provider an operator is told, and how often: those that are nobody's but the
// provider's or our account's, once a minute for each lane and error. A value: time is an argument.
class trouble_log {
public:
    using time_point = std::chrono::steady_clock::time_point;
    static constexpr std::chrono::minutes pause{1};

    // True where a line is due now; it counts as written.
    bool is_due(const lane& where, const outcome& end, time_point now);

private:
    std::map<std::tuple<std::string, channel, std::string>, time_point> told_;
};

}  // namespace otp
