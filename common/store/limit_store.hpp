#pragma once

#include "common/async/deadline.hpp"
#include "common/job/abuse_message.hpp"
#include "common/limits/send_policy.hpp"
#include "common/postgres/pool.hpp"

#include <boost/asio/awaitable.hpp>

#include <optional>
#include <string>
#include <vector>

namespace otp {

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

    // The events of what was closed that are still to be published.
    boost::asio::awaitable<postgres::result<std::vector<abuse_event>>> untold(deadline at);
    boost::asio::awaitable<postgres::result<void>> mark_told(
        const std::vector<abuse_event>& events,
        deadline at
    );

private:
    postgres::pool& database_;
};

}  // namespace otp
