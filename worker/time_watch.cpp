#include "worker/time_watch.hpp"

#include "common/config/program.hpp"

namespace otp {

namespace asio = boost::asio;
using namespace std::chrono_literals;

namespace {

// Two good clocks part by less than a millisecond in it; after a failover another machine's counts.
constexpr auto interval = 10s;
constexpr auto limit = 5s;
constexpr auto pause = 250ms;

asio::awaitable<store_result<void>> ask(delivery_store& store, store_clock& clock) {
    const auto asked_at = boot_clock::now();
    const auto told = co_await store.now(limit);
    if (!told)
        co_return told.error();
    clock.told(*told, asked_at);
    co_return store_result<void>();
}

}  // namespace

asio::awaitable<void> await_time(delivery_store& store, store_clock& clock, deadline at) {
    for (;;) {
        const auto asked = co_await ask(store, clock);
        if (asked)
            co_return;
        if (std::chrono::steady_clock::now() + pause >= at)
            throw exit_with(
                exit_code::unavailable,
                "PostgreSQL does not tell its time: " + asked.error().text
            );
        co_await sleep_for(pause);
    }
}

asio::awaitable<void> watch_time(delivery_store& store, store_clock& clock) {
    for (;;) {
        co_await sleep_for(interval);
        co_await ask(store, clock);
    }
}

}  // namespace otp
