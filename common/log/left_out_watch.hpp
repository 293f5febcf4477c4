#pragma once

#include <boost/asio/awaitable.hpp>

namespace otp {

// Tells how many lines were left out, where no other line gives the occasion. Runs until cancelled.
boost::asio::awaitable<void> tell_left_out_lines();

}  // namespace otp
