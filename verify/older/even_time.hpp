#pragma once

#include <boost/asio/awaitable.hpp>

#include <chrono>

namespace otp::older {

// Waits until a whole number of steps of 25 ms has passed since `began`. A wrong code is counted
// and committed to disk, a number that nobody asked a code for is only looked up: without this, the
// clock would tell the two apart although the answers are the same.
boost::asio::awaitable<void> until_even(std::chrono::steady_clock::time_point began);

}  // namespace otp::older
