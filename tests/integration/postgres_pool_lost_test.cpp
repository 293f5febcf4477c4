#include "common/async/task_group.hpp"
#include "tests/integration/pool_fixture.hpp"

#include <boost/test/unit_test.hpp>

#include <unistd.h>

#include <algorithm>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace asio = boost::asio;
using namespace otp;
using namespace otp::postgres;
using namespace otp::test;
using namespace std::chrono_literals;

namespace {

// A role of its own that may have two sessions.
struct needs_scarce_sessions : needs_postgres {
    needs_scarce_sessions() {
        as_owner("create role " + role + " login password 'scarce' connection limit 2");
    }
    ~needs_scarce_sessions() {
        as_owner(
            "do $$ begin perform pg_terminate_backend(pid, 10000) from pg_stat_activity "
            "where usename = '" +
            role + "'; end $$"
        );
        as_owner("drop role " + role);
    }

    void as_owner(const std::string& script) const {
        run_to_end([this, &script]() -> asio::awaitable<void> {
            auto owner = co_await connect();
            fine(co_await owner.run_script(script, soon()));
        });
    }

    pool make(const asio::any_io_executor& executor, std::size_t size) const {
        pool_options options;
        options.size = size;
        return pool(executor, secret(own_url()), options);
    }
    std::string own_url() const {
        return "postgresql://" + role + ":scarce@" + url.substr(url.rfind('@') + 1);
    }

    std::string role = "scarce_" + std::to_string(::getpid());
};

asio::awaitable<std::vector<std::int32_t>> pids_of_two(pool& some) {
    constexpr statement slow{"slow", "select pg_backend_pid() from pg_sleep(0.1)"};
    std::vector<std::int32_t> pids;
    task_group both(co_await asio::this_coro::executor);
    for (int i = 0; i < 2; ++i)
        both.spawn([&]() -> asio::awaitable<void> {
            const params none;
            const auto told = got(co_await some.execute(slow, none, soon()));
            pids.push_back(told.get<std::int32_t>(0, 0));
        });
    co_await both.join();
    co_return pids;
}

}  // namespace

BOOST_FIXTURE_TEST_SUITE(a_pool_that_cannot_replace_a_lost_connection, needs_scarce_sessions)

BOOST_AUTO_TEST_CASE(uses_those_that_stand) {
    run_to_end([this]() -> asio::awaitable<void> {
        auto some = make(co_await asio::this_coro::executor, 2);
        const auto pids = co_await pids_of_two(some);
        auto owner = co_await connect();
        for (const auto lost : pids) {
            co_await kill(owner, lost);
            std::optional<connection> taker(co_await connect(own_url()));
            for (int i = 0; i < 5; ++i) {
                const params none;
                const auto told = got(co_await some.execute(backend, none, in(2s)));
                BOOST_TEST(told.get<std::int32_t>(0, 0) != lost);
            }
            taker.reset();
            // Anew, for the next turn.
            co_await pids_of_two(some);
        }
    });
}

BOOST_AUTO_TEST_CASE(gives_the_one_that_comes_free_to_who_tries_in_vain) {
    run_to_end([this]() -> asio::awaitable<void> {
        auto some = make(co_await asio::this_coro::executor, 2);
        const auto pids = co_await pids_of_two(some);
        auto owner = co_await connect();
        co_await kill(owner, pids.front());
        auto taker = co_await connect(own_url());
        const auto served = co_await pids_of_two(some);  // at the same time
        BOOST_TEST(served == (std::vector<std::int32_t>(2, pids.back())));
        BOOST_TEST(taker.alive());
    });
}

BOOST_AUTO_TEST_CASE(is_filled_as_far_as_there_is_room_and_tells_why_not_further) {
    run_to_end([this]() -> asio::awaitable<void> {
        auto some = make(co_await asio::this_coro::executor, 4);
        co_await pid_of(some);
        const auto begun = std::chrono::steady_clock::now();
        const auto failed = co_await some.fill(begun + 60s);
        BOOST_TEST((std::chrono::steady_clock::now() - begun < 30s));
        BOOST_TEST_REQUIRE(failed.has_value());
        BOOST_TEST(failed->text().find("too many connections") != std::string::npos);
        BOOST_TEST(some.usage().idle == 2U);
        BOOST_TEST(some.usage().lost == 2U);
        BOOST_TEST(co_await pid_of(some) > 0);
    });
}

BOOST_AUTO_TEST_SUITE_END()

BOOST_FIXTURE_TEST_SUITE(a_pool_at_a_database_that_takes_no_writes, needs_pool)

BOOST_AUTO_TEST_CASE(says_so_and_goes_on_with_a_new_session) {
    run_to_end([this]() -> asio::awaitable<void> {
        const auto executor = co_await asio::this_coro::executor;
        auto some = make(executor);
        fine(co_await some.confirm_writable(soon()));
        constexpr statement close{"close", "set default_transaction_read_only = on"};
        const params none;
        got(co_await some.execute(close, none, soon()));
        const auto closed = co_await pid_of(some);
        const auto told = co_await some.confirm_writable(soon());
        BOOST_REQUIRE(!told.has_value());
        BOOST_TEST(told.error().sqlstate() == "25006");
        BOOST_TEST(told.error().text().find("takes no writes") != std::string::npos);
        BOOST_TEST(!some.ready());
        fine(co_await some.confirm_writable(soon()));
        BOOST_TEST(some.ready());
        BOOST_TEST(co_await pid_of(some) != closed);
    });
}

BOOST_AUTO_TEST_SUITE_END()
