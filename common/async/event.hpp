#pragma once

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/as_tuple.hpp>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <utility>

namespace otp {

// Wakes all coroutines that wait for something to change. They look for themselves what it was:
// `while (!done) co_await changed.wait();`. A timer that never fires, so that the io_context owns
// who waits and frees them with itself. One that has a deadline wakes them by then, too; after that
// no wait() lasts.
class event {
public:
    using time_point = boost::asio::steady_timer::time_point;

    explicit event(boost::asio::any_io_executor executor, time_point at = time_point::max())
        : timer_(std::move(executor), at) {}

    // May return without a notify(); a caller that was cancelled is thrown out of its next await.
    boost::asio::awaitable<void> wait() {
        co_await timer_.async_wait(boost::asio::as_tuple(boost::asio::use_awaitable));
    }

    // Those who wait go on in a later turn of the loop, never within this call.
    void notify() { timer_.cancel(); }

private:
    boost::asio::steady_timer timer_;
};

}  // namespace otp
