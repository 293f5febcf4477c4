#pragma once

#include <boost/asio/awaitable.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/deferred.hpp>
#include <boost/asio/error.hpp>
#include <boost/asio/experimental/parallel_group.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/system/system_error.hpp>

#include <chrono>
#include <exception>
#include <optional>
#include <utility>

namespace otp {

// A point on the monotonic clock after which nobody waits for the answer any more. One is made per
// job, request or start-up step and handed to everything below; a step may shorten it, never extend
// it.
using deadline = std::chrono::steady_clock::time_point;

// True if `error` is Asio's word for "you were cancelled". `error` must not be null.
bool is_abort(const std::exception_ptr& error) noexcept;

// Awaits `op` until `at`. Empty means that time was up, that `op` was cancelled and has unwound.
//
// - `op` does not start where `at` has passed.
// - An answer that comes in the same turn as the timer is kept; what `op` throws is thrown here at
// once.
// - Cancellation of the caller is thrown as operation_aborted, never reported as a time-out.
// - `op` must honour terminal cancellation; name resolution does not, so its time-out comes late.
// - T must be default constructible.
template <class T>
boost::asio::awaitable<std::optional<T>> until(deadline at, boost::asio::awaitable<T> op) {
    namespace asio = boost::asio;
    if (at <= std::chrono::steady_clock::now())
        co_return std::nullopt;

    auto executor = co_await asio::this_coro::executor;
    asio::steady_timer timer(executor, at);
    auto race = asio::experimental::make_parallel_group(
        asio::co_spawn(executor, std::move(op), asio::deferred),
        timer.async_wait(asio::deferred)
    );
    auto [order, error, value, timer_error] =
        co_await race.async_wait(asio::experimental::wait_for_one(), asio::use_awaitable);

    if (!error)
        co_return std::move(value);
    if (order[0] == 1 && !timer_error && is_abort(error))
        co_return std::nullopt;
    std::rethrow_exception(error);
}

// For what was awaited as a value, which tells of cancellation no other way.
boost::asio::awaitable<void> throw_if_cancelled();

// Sleeps; throws operation_aborted where the caller is cancelled.
boost::asio::awaitable<void> sleep_until(deadline at);
boost::asio::awaitable<void> sleep_for(std::chrono::steady_clock::duration span);

}  // namespace otp
