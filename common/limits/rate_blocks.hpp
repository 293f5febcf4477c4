#pragma once

#include "common/limits/limit_rules.hpp"

#include <boost/asio/awaitable.hpp>

#include <chrono>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <utility>

namespace otp {

// Sends that this process may make at a rate it shares with others. They are leased in small
// blocks, so that no row is written for each send.
class rate_blocks {
public:
    // How many of `want` may be made now; empty where nobody can tell.
    using lease = std::function<boost::asio::awaitable<
        std::optional<int>>(std::string tenant, std::string country, send_rate rate, int want)>;
    using time_point = std::chrono::steady_clock::time_point;

    explicit rate_blocks(lease ask) : ask_(std::move(ask)) {}

    // One send of this tenant; to a country, where that is not empty. False: the rate is spent.
    // Where nobody can tell, it may go: the same database decides about it next. It is owed then,
    // and comes off what is granted later unless it is given back.
    boost::asio::awaitable<bool> take(
        const std::string& tenant,
        const std::string& country,
        send_rate rate
    );

    // What was taken for a send that did not come to it.
    void give_back(const std::string& tenant, const std::string& country);

private:
    struct block {
        int left = 0;              // below zero: so many are owed
        time_point spent_until{};  // nothing is asked for before
    };

    lease ask_;
    std::map<std::pair<std::string, std::string>, block> blocks_;
};

// How long until the next send at this rate.
std::chrono::milliseconds pause_of(const send_rate& rate);

}  // namespace otp
