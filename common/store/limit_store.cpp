#include "common/store/limit_store.hpp"

#include "common/log/log.hpp"

#include <cstdint>
#include <utility>

namespace otp {

namespace asio = boost::asio;
using postgres::params;
using postgres::statement;

namespace {

constexpr std::chrono::seconds lease_limit{2};

constexpr statement lease_statement{
    "lease_tenant_rate",
    "select otp.lease_tenant_rate($1, $2::text::float8, $3, $4, $5)"};

constexpr statement sweep_statement{
    "sweep_abuse",
    "select otp.sweep_abuse($1, $2, $3::text[]::float8[], $4, $5::text[]::float8[])"};

constexpr statement closed_statement{
    "closed_by_abuse",
    "select tenant, kind, subject from otp.closed_by_abuse()"};

constexpr statement untold_statement{
    "untold_abuse",
    "select tenant, kind, subject, span, unverified, verified, allowed, since"
    " from otp.untold_abuse()"};

constexpr statement told_statement{"told_abuse", "select otp.told_abuse($1, $2, $3)"};

// Null elements: this kind is not judged.
std::vector<std::optional<std::int32_t>> floors_of(const abuse_rule& rule) {
    std::vector<std::optional<std::int32_t>> floors(abuse_windows);
    if (rule.mode != limit_mode::off)
        floors.assign(rule.floors.begin(), rule.floors.end());
    return floors;
}

std::vector<std::string> shares_of(const abuse_rule& rule) {
    std::vector<std::string> shares;
    for (const double share : rule.shares)
        shares.push_back(std::to_string(share));
    return shares;
}

}  // namespace

asio::awaitable<std::optional<int>> limit_store::lease(
    std::string tenant,
    std::string country,
    send_rate rate,
    int want
) {
    const params with(
        tenant,
        std::to_string(rate.per_second),
        std::int32_t{rate.burst},
        std::int32_t{want},
        country
    );
    const auto at = std::chrono::steady_clock::now() + lease_limit;
    const auto granted = co_await database_.execute(lease_statement, with, at);
    if (granted)
        co_return granted->get<std::int32_t>(0, 0);
    log::warning("rate_not_leased").with("error", granted.error().text());
    co_return std::nullopt;
}

rate_blocks::lease limit_store::leases() {
    return [this](std::string tenant, std::string country, send_rate rate, int want) {
        return lease(std::move(tenant), std::move(country), rate, want);
    };
}

asio::awaitable<postgres::result<bool>> limit_store::sweep_abuse(
    const limit_rules& rules,
    deadline at
) {
    params with;
    with.add(std::chrono::milliseconds(rules.abuse_grace))
        .add(floors_of(rules.abuse_country))
        .add(shares_of(rules.abuse_country))
        .add(floors_of(rules.abuse_ip))
        .add(shares_of(rules.abuse_ip));
    const auto swept = co_await database_.execute(sweep_statement, with, at);
    if (!swept)
        co_return swept.error();
    co_return swept->get<bool>(0, 0);
}

asio::awaitable<postgres::result<closed_subjects>> limit_store::closed(deadline at) {
    const params none;
    const auto found = co_await database_.execute(closed_statement, none, at);
    if (!found)
        co_return found.error();
    closed_subjects closed;
    for (int row = 0; row < found->size(); ++row) {
        auto& kind =
            found->get<std::string_view>(row, 1) == "country" ? closed.countries : closed.networks;
        kind.emplace(found->get<std::string>(row, 0), found->get<std::string>(row, 2));
    }
    co_return closed;
}

asio::awaitable<postgres::result<std::vector<abuse_event>>> limit_store::untold(deadline at) {
    const params none;
    const auto found = co_await database_.execute(untold_statement, none, at);
    if (!found)
        co_return found.error();
    std::vector<abuse_event> events;
    for (int row = 0; row < found->size(); ++row) {
        abuse_event one;
        one.tenant = found->get<std::string>(row, 0);
        one.kind = found->get<std::string>(row, 1);
        one.subject = found->get<std::string>(row, 2);
        one.span = found->get<std::string>(row, 3);
        one.unverified = found->get<std::int32_t>(row, 4);
        one.verified = found->get<std::int32_t>(row, 5);
        one.allowed = found->get<std::int32_t>(row, 6);
        one.at = found->get<postgres::time_point>(row, 7);
        events.push_back(std::move(one));
    }
    co_return events;
}

asio::awaitable<postgres::result<void>> limit_store::mark_told(
    const std::vector<abuse_event>& events,
    deadline at
) {
    params with;
    with.add_array(events, &abuse_event::tenant)
        .add_array(events, &abuse_event::kind)
        .add_array(events, &abuse_event::subject);
    const auto done = co_await database_.execute(told_statement, with, at);
    if (!done)
        co_return done.error();
    co_return boost::system::in_place_value;
}

}  // namespace otp
