#pragma once

#include "common/async/deadline.hpp"
#include "common/limits/send_policy.hpp"
#include "common/postgres/pool.hpp"

#include <boost/asio/awaitable.hpp>

#include <chrono>
#include <optional>
#include <string>
#include <vector>

namespace otp {

// A country or a network whose texts are not followed by codes; its event is to be published.
struct abuse_alert {
    std::string tenant;
    std::string kind;     // country or ip
    std::string subject;  // "GB", "203.0.113.0/24"
    std::string span;     // the shortest window that is exceeded: 1h, 24h or 14d
    int unverified = 0;
    int verified = 0;
    int allowed = 0;
    std::chrono::system_clock::time_point since;
};

// Rates and the abuse budget in the database (migrations/0015_tenant_rate.sql, 0018_abuse.sql).
class limit_store {
public:
    explicit limit_store(postgres::pool& database) : database_(database) {}

    // Of `want` sends at this rate, those that may be made now; empty where the database does not
    // answer. `country`: empty for the tenant's own rate.
    boost::asio::awaitable<std::optional<int>> lease(
        std::string tenant,
        std::string country,
        send_rate rate,
        int want
    );

    // The same as a function, for a policy.
    rate_blocks::lease leases();

    // Counts a piece of the deliveries that are due, and judges whom they concern. True: there is
    // more.
    boost::asio::awaitable<postgres::result<bool>> sweep_abuse(
        const limit_rules& rules,
        deadline at
    );

    boost::asio::awaitable<postgres::result<closed_subjects>> closed(deadline at);
    boost::asio::awaitable<postgres::result<std::vector<abuse_alert>>> untold(deadline at);
    boost::asio::awaitable<postgres::result<void>> mark_told(
        const std::vector<abuse_alert>& alerts,
        deadline at
    );

private:
    postgres::pool& database_;
};

}  // namespace otp
