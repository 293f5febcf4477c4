#include "common/async/task_group.hpp"
#include "tests/integration/pool_fixture.hpp"

#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/test/unit_test.hpp>

#include <unistd.h>

#include <cstdint>
#include <string>
#include <vector>

namespace asio = boost::asio;
using namespace otp;
using namespace otp::postgres;
using namespace otp::test;
using namespace std::chrono_literals;

namespace {

constexpr statement nap{"nap", "select pg_sleep(60)"};
constexpr statement short_nap{"short_nap", "select pg_sleep(0.05)"};
constexpr statement broken{"broken", "select 1 / $1"};

}  // namespace

BOOST_FIXTURE_TEST_SUITE(a_pool, needs_pool)

BOOST_AUTO_TEST_CASE(is_ready_once_it_has_reached_the_server) {
    run_to_end([this]() -> asio::awaitable<void> {
        const auto executor = co_await asio::this_coro::executor;
        auto some = make(executor);
        BOOST_TEST(!some.ready());
        fine(co_await some.confirm_writable(soon()));
        BOOST_TEST(some.ready());
    });
}

BOOST_AUTO_TEST_CASE(replaces_a_connection_that_is_known_to_be_lost) {
    run_to_end([this]() -> asio::awaitable<void> {
        const auto executor = co_await asio::this_coro::executor;
        auto some = make(executor);
        auto killer = co_await connect();
        const auto first = co_await pid_of(some);
        co_await kill(killer, first);
        const auto second = co_await pid_of(some);
        BOOST_TEST(first != second);
        BOOST_TEST(some.ready());
    });
}

BOOST_AUTO_TEST_CASE(never_repeats_a_statement_that_was_on_its_way) {
    run_to_end([this]() -> asio::awaitable<void> {
        const auto executor = co_await asio::this_coro::executor;
        auto some = make(executor);
        auto killer = co_await connect();
        const auto pid = co_await pid_of(some);
        task_group tasks(executor);
        tasks.spawn([&killer, pid]() -> asio::awaitable<void> {
            constexpr statement active{
                "active",
                "select state = 'active' from pg_stat_activity where pid = $1"};
            const params of(pid);
            for (bool busy = false; !busy;) {
                busy = got(co_await killer.execute(active, of, soon())).get<bool>(0, 0);
                co_await sleep_for(5ms);
            }
            co_await kill(killer, pid);
        });
        const params none;
        const auto answer = co_await some.execute(nap, none, soon());
        co_await tasks.join();
        BOOST_REQUIRE(!answer.has_value());
        BOOST_TEST((answer.error().what() == error::kind::connection));
        BOOST_TEST(answer.error().outcome_is_unknown());
        BOOST_TEST(!some.ready());
        const auto next = co_await pid_of(some);
        BOOST_TEST(next != pid);
        BOOST_TEST(some.ready());
    });
}

BOOST_AUTO_TEST_CASE(replaces_a_connection_whose_statement_took_too_long) {
    run_to_end([this]() -> asio::awaitable<void> {
        const auto executor = co_await asio::this_coro::executor;
        auto some = make(executor);
        const auto first = co_await pid_of(some);
        const params none;
        const auto answer = co_await some.execute(nap, none, in(30ms));
        BOOST_REQUIRE(!answer.has_value());
        BOOST_TEST((answer.error().what() == error::kind::timeout));
        const auto second = co_await pid_of(some);
        BOOST_TEST(first != second);
    });
}

BOOST_AUTO_TEST_CASE(stays_ready_where_a_statement_is_refused) {
    run_to_end([this]() -> asio::awaitable<void> {
        const auto executor = co_await asio::this_coro::executor;
        auto some = make(executor);
        const auto before = co_await pid_of(some);
        const params zero(0);
        const auto answer = co_await some.execute(broken, zero, soon());
        BOOST_REQUIRE(!answer.has_value());
        BOOST_TEST(answer.error().sqlstate() == "22012");
        BOOST_TEST(some.ready());
        const auto after = co_await pid_of(some);
        BOOST_TEST(after == before);
    });
}

BOOST_AUTO_TEST_CASE(lets_callers_wait_in_turn) {
    run_to_end([this]() -> asio::awaitable<void> {
        const auto executor = co_await asio::this_coro::executor;
        auto some = make(executor);
        std::vector<int> order;
        task_group tasks(executor);
        for (int i = 0; i < 5; ++i)
            tasks.spawn([&some, &order, i]() -> asio::awaitable<void> {
                const params none;
                got(co_await some.execute(backend, none, soon()));
                order.push_back(i);
            });
        co_await tasks.join();
        BOOST_TEST(order == (std::vector<int>{0, 1, 2, 3, 4}), boost::test_tools::per_element());
    });
}

BOOST_AUTO_TEST_CASE(uses_no_more_connections_than_its_size) {
    run_to_end([this]() -> asio::awaitable<void> {
        pool_options options;
        options.size = 2;
        const auto executor = co_await asio::this_coro::executor;
        auto some = make(executor, std::move(options));
        std::vector<std::int32_t> pids;
        task_group tasks(executor);
        for (int i = 0; i < 6; ++i)
            tasks.spawn([&some, &pids]() -> asio::awaitable<void> {
                const auto pid = co_await pid_of(some);
                pids.push_back(pid);
            });
        co_await tasks.join();
        std::sort(pids.begin(), pids.end());
        pids.erase(std::unique(pids.begin(), pids.end()), pids.end());
        BOOST_TEST(pids.size() == 2U);
    });
}

BOOST_AUTO_TEST_CASE(lets_nobody_wait_beyond_the_deadline) {
    run_to_end([this]() -> asio::awaitable<void> {
        const auto executor = co_await asio::this_coro::executor;
        auto some = make(executor);
        co_await pid_of(some);
        task_group tasks(executor);
        tasks.spawn([&some]() -> asio::awaitable<void> {
            const params none;
            co_await some.execute(nap, none, soon());
        });
        co_await sleep_for(0ms);  // the other one has taken the connection
        const params none;
        const auto answer = co_await some.execute(backend, none, in(30ms));
        BOOST_REQUIRE(!answer.has_value());
        BOOST_TEST((answer.error().what() == error::kind::timeout));
        BOOST_TEST(!answer.error().outcome_is_unknown());
        tasks.cancel();
        co_await tasks.join();
        BOOST_TEST(co_await pid_of(some) > 0);
    });
}

BOOST_AUTO_TEST_CASE(goes_on_where_a_waiting_caller_is_cancelled) {
    run_to_end([this]() -> asio::awaitable<void> {
        const auto executor = co_await asio::this_coro::executor;
        auto some = make(executor);
        task_group waiters(executor);
        task_group user(executor);
        user.spawn([&some]() -> asio::awaitable<void> {
            const params none;
            got(co_await some.execute(short_nap, none, soon()));
        });
        bool answered = false;
        waiters.spawn([&]() -> asio::awaitable<void> {
            co_await pid_of(some);
            answered = true;
        });
        co_await sleep_for(1ms);
        waiters.cancel();
        co_await waiters.join();
        co_await user.join();
        BOOST_TEST(!answered);
        const auto pid = co_await pid_of(some);
        BOOST_TEST(pid > 0);
    });
}

BOOST_AUTO_TEST_CASE(warms_up_each_connection_and_again_when_its_plans_were_discarded) {
    run_to_end([this]() -> asio::awaitable<void> {
        pool_options options;
        options.warm_up =
            "create temp table if not exists warmed (x int); insert into warmed values (1)";
        options.first_discard = 1h;
        const auto executor = co_await asio::this_coro::executor;
        auto keeps = make(executor, options);
        auto killer = co_await connect();
        constexpr statement warmed{"warmed", "select count(*) from warmed"};
        const params none;
        for (int i = 0; i < 2; ++i) {
            for (int uses = 0; uses < 2; ++uses) {
                const auto times = got(co_await keeps.execute(warmed, none, soon()));
                BOOST_TEST(times.get<std::int64_t>(0, 0) == 1);
            }
            co_await kill(killer, co_await pid_of(keeps));
        }
        options.first_discard = options.longest_discard = 0s;
        auto discards = make(executor, options);
        for (int uses = 1; uses < 4; ++uses) {
            const auto times = got(co_await discards.execute(warmed, none, soon()));
            BOOST_TEST(times.get<std::int64_t>(0, 0) == uses);
        }
    });
}

BOOST_AUTO_TEST_CASE(can_be_filled_before_it_is_used) {
    run_to_end([this]() -> asio::awaitable<void> {
        pool_options options;
        options.size = 3;
        options.connect.application_name = "filled " + std::to_string(::getpid());
        const auto executor = co_await asio::this_coro::executor;
        auto some = make(executor, options);
        const auto one = co_await pid_of(some);
        BOOST_TEST(one > 0);
        const auto failed = co_await some.fill(soon());
        BOOST_TEST(!failed.has_value());
        constexpr statement count{
            "count",
            "select count(*) from pg_stat_activity where application_name = $1"};
        const params of(options.connect.application_name);
        const auto seen = got(co_await some.execute(count, of, soon()));
        BOOST_TEST(seen.get<std::int64_t>(0, 0) == 3);
        BOOST_TEST(some.usage().idle == 3U);
    });
}

BOOST_AUTO_TEST_CASE(can_be_used_where_it_cannot_be_warmed_up) {
    run_to_end([this]() -> asio::awaitable<void> {
        pool_options options;
        options.warm_up = "select from there_is_no_such_table";
        const auto executor = co_await asio::this_coro::executor;
        auto some = make(executor, std::move(options));
        const auto pid = co_await pid_of(some);
        BOOST_TEST(pid > 0);
        BOOST_TEST(some.ready());
        BOOST_TEST(co_await pid_of(some) == pid);
    });
}

BOOST_AUTO_TEST_CASE(tries_again_until_the_deadline_where_nobody_listens) {
    run_to_end([]() -> asio::awaitable<void> {
        const auto executor = co_await asio::this_coro::executor;
        asio::ip::tcp::acceptor taken(executor, {asio::ip::address_v4::loopback(), 0});
        const auto port = taken.local_endpoint().port();
        taken.close();
        secret nobody("postgresql://u@127.0.0.1:" + std::to_string(port) + "/x");
        pool some(executor, std::move(nobody), pool_options());
        const auto refused = co_await some.confirm_writable(in(150ms));
        BOOST_REQUIRE(!refused.has_value());
        BOOST_TEST((refused.error().what() == error::kind::connection));
        BOOST_TEST(!refused.error().outcome_is_unknown());
        BOOST_TEST(!some.ready());
        BOOST_TEST(
            refused.error().text().find("127.0.0.1:" + std::to_string(port)) != std::string::npos
        );
    });
}

BOOST_AUTO_TEST_SUITE_END()
