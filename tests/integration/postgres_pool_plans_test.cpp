#include "common/async/task_group.hpp"
#include "tests/integration/pool_fixture.hpp"

#include <boost/asio/post.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/test/unit_test.hpp>

#include <cstdint>
#include <string>

namespace asio = boost::asio;
using namespace otp;
using namespace otp::postgres;
using namespace otp::test;
using namespace std::chrono_literals;

namespace {

pool_options discarding_after(std::chrono::seconds discard) {
    pool_options options;
    options.first_discard = discard;
    options.longest_discard = discard;
    return options;
}

// The plan that a prepared look-up has after rows have come. First the table is known to be empty,
// so that the plan made then reads it from end to end.
asio::awaitable<std::string> plan_after_filling(pool& some) {
    constexpr statement generic{"generic", "set plan_cache_mode = force_generic_plan"};
    constexpr statement create{"create", "create temp table filled (x int primary key)"};
    constexpr statement analyze{"analyze", "analyze filled"};
    constexpr statement look_up{"look_up", "select from filled where x = $1"};
    constexpr statement fill{"fill", "insert into filled select generate_series(1, 10000)"};
    constexpr statement explain{"explain", "explain (costs off) execute look_up(1)"};
    const params none;
    const params key(1);
    got(co_await some.execute(generic, none, soon()));
    got(co_await some.execute(create, none, soon()));
    got(co_await some.execute(analyze, none, soon()));
    got(co_await some.execute(look_up, key, soon()));
    got(co_await some.execute(fill, none, soon()));
    const auto plan = got(co_await some.execute(explain, none, soon()));
    co_return plan.get<std::string>(0, 0);
}

bool has_index_scan(const std::string& plan) {
    return plan.find("Index") != std::string::npos;
}

}  // namespace

BOOST_FIXTURE_TEST_SUITE(a_pool, needs_pool)

BOOST_AUTO_TEST_CASE(makes_its_plans_anew_when_their_time_has_come) {
    run_to_end([this]() -> asio::awaitable<void> {
        const auto executor = co_await asio::this_coro::executor;
        bool kept = false;
        for (int i = 0; i < 5 && !kept; ++i) {  // many changes by others make a session forget too
            auto keeps = make(executor, discarding_after(1h));
            kept = !has_index_scan(co_await plan_after_filling(keeps));
        }
        BOOST_TEST(kept);
        auto discards = make(executor, discarding_after(0s));
        BOOST_TEST(has_index_scan(co_await plan_after_filling(discards)));
    });
}

BOOST_AUTO_TEST_CASE(makes_plans_anew_beside_its_callers_where_it_is_told_to) {
    run_to_end([this]() -> asio::awaitable<void> {
        pool_options options;
        options.size = 2;
        // The first warm-up is quick; those that renew wait for a lock that the test holds.
        options.warm_up =
            "create temp table if not exists warmed (x int);"
            "insert into warmed values (1);"
            "select pg_advisory_lock_shared(7051) where 1 < (select count(*) from warmed)";
        options.first_discard = options.longest_discard = 0s;
        const auto executor = co_await asio::this_coro::executor;
        auto holder = co_await connect();
        constexpr statement hold{"hold", "select pg_advisory_lock(7051)"};
        const params none;
        got(co_await holder.execute(hold, none, soon()));
        auto some = make(executor, options);
        co_await some.fill(soon());
        task_group renewing(executor);
        renewing.spawn([&some] { return some.renew_plans(); });
        co_await asio::post(asio::use_awaitable);
        const auto first = co_await pid_of(some);
        // That one is being renewed, until the lock is given up: the other serves.
        const auto second = co_await pid_of(some);
        BOOST_TEST(first != second);
        for (int uses = 0; uses < 3; ++uses)
            BOOST_TEST(co_await pid_of(some) == second);
        BOOST_TEST(some.usage().busy == 1U);
        constexpr statement let_go{"let_go", "select pg_advisory_unlock(7051)"};
        got(co_await holder.execute(let_go, none, soon()));
        renewing.cancel();
        co_await renewing.join();
        BOOST_TEST(some.usage().busy == 0U);
    });
}

BOOST_AUTO_TEST_CASE(leaves_its_callers_time_between_two_connections_that_make_plans_anew) {
    run_to_end([this]() -> asio::awaitable<void> {
        pool_options options;
        options.warm_up = "create temp table if not exists warmed (at timestamptz);"
                          "insert into warmed values (clock_timestamp())";
        options.first_discard = options.longest_discard = 0s;
        const auto executor = co_await asio::this_coro::executor;
        auto some = make(executor, options);
        task_group renewing(executor);
        renewing.spawn([&some] { return some.renew_plans(); });
        constexpr statement apart{
            "apart",
            "select count(*), (extract(epoch from max(at) - min(at)) * 1000)::bigint from"
            " (select at from warmed order by at offset 1) renewed"};
        const params none;
        auto seen = got(co_await some.execute(apart, none, soon()));
        while (seen.get<std::int64_t>(0, 0) < 3)
            seen = got(co_await some.execute(apart, none, soon()));
        BOOST_TEST(seen.get<std::int64_t>(0, 1) >= 500);  // twice the pause
        renewing.cancel();
        co_await renewing.join();
    });
}

BOOST_AUTO_TEST_SUITE_END()
