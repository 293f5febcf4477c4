#include "common/store/time_watch.hpp"

#include "common/config/program.hpp"
#include "common/log/log.hpp"

#include <algorithm>

namespace otp {

namespace asio = boost::asio;
using namespace std::chrono_literals;

namespace {

// Two good clocks part by less than a millisecond in it; after a failover another machine's counts.
constexpr auto interval = 10s;
constexpr auto limit = 5s;
constexpr auto pause = 250ms;

constexpr postgres::statement question{"time", "select clock_timestamp()"};

asio::awaitable<postgres::result<void>> ask(
    postgres::pool& database,
    store_clock& clock,
    deadline at
) {
    const postgres::params none;
    const auto asked_at = boot_clock::now();
    const auto told = co_await database.execute(question, none, at);
    if (!told)
        co_return told.error();
    clock.told(told->get<postgres::time_point>(0, 0), asked_at);
    co_return boost::system::in_place_value;
}

}  // namespace

asio::awaitable<void> await_time(postgres::pool& database, store_clock& clock, deadline at) {
    for (;;) {
        const auto limited = std::min(at, std::chrono::steady_clock::now() + limit);
        const auto asked = co_await ask(database, clock, limited);
        if (asked)
            co_return;
        if (std::chrono::steady_clock::now() + pause >= at)
            throw exit_with(
                exit_code::unavailable,
                "PostgreSQL does not tell its time: " + asked.error().text()
            );
        co_await sleep_for(pause);
    }
}

asio::awaitable<void> watch_time(postgres::pool& database, store_clock& clock) {
    for (bool answers = true;;) {
        co_await sleep_for(interval);
        const auto asked = co_await ask(database, clock, std::chrono::steady_clock::now() + limit);
        if (!asked && answers)
            log::warning("time_not_read").with("error", asked.error().text());
        answers = asked.has_value();
    }
}

}  // namespace otp
