#pragma once

#include "common/postgres/pool.hpp"
#include "tests/integration/postgres_fixture.hpp"

#include <cstdint>
#include <utility>

namespace otp::test {

// A pool over DATABASE_URL, made inside the coroutine that uses it.
struct needs_pool : needs_postgres {
    postgres::pool make(
        const boost::asio::any_io_executor& executor,
        postgres::pool_options options = {}
    ) const {
        return postgres::pool(executor, secret(url), std::move(options));
    }
};

inline constexpr postgres::statement backend{"backend", "select pg_backend_pid()"};

inline boost::asio::awaitable<std::int32_t> pid_of(postgres::pool& some) {
    const postgres::params none;
    co_return got(co_await some.execute(backend, none, soon())).get<std::int32_t>(0, 0);
}

// Returns once the session is gone.
inline boost::asio::awaitable<void> kill(postgres::connection& killer, std::int32_t pid) {
    constexpr postgres::statement kill_backend{"kill", "select pg_terminate_backend($1, 10000)"};
    const postgres::params victim(pid);
    got(co_await killer.execute(kill_backend, victim, soon()));
}

}  // namespace otp::test
