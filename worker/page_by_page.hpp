#pragma once

#include <boost/asio/awaitable.hpp>

#include <chrono>
#include <functional>

namespace otp {

// How often a sweep looks, and how much it takes at a time.
struct sweep_pace {
    std::chrono::steady_clock::duration interval = std::chrono::seconds(5);
    int page = 500;
};

// One page of a sweep. True where the next may be swept at once: this one was full, and nothing
// stood in the way of it.
using sweep_step = std::function<boost::asio::awaitable<bool>()>;

// Sweeps until a page says that there is no more, then every interval again. Runs until cancelled,
// which ends it between two pages too: every step awaits something.
boost::asio::awaitable<void> page_by_page(
    std::chrono::steady_clock::duration interval,
    sweep_step sweep_page
);

}  // namespace otp
