#pragma once

#include <boost/asio/awaitable.hpp>

#include <functional>

// What a service manager (systemd) cannot see from outside. Where none started us, nothing is told
// and nothing waits.
namespace otp {

using readiness_check = std::function<boost::asio::awaitable<bool>()>;

// Asks `ready` until it says yes, then tells it: READY=1, so that who starts us one after the other
// knows when the next may follow.
boost::asio::awaitable<void> announce_readiness(readiness_check ready);

// WATCHDOG=1, twice in the time that the manager waits for it, from the loop that does the work: a
// loop that hangs is noticed and restarted. Until cancelled; at once where no watchdog is set.
boost::asio::awaitable<void> feed_watchdog();

// STOPPING=1: the drain has begun.
void announce_stop();

}  // namespace otp
