#pragma once

#include <boost/asio/awaitable.hpp>
#include <boost/asio/io_context.hpp>

#include <functional>

namespace otp {

// Runs one coroutine on `context` until it ends; what it throws is thrown here, and a logic_error
// where it has not ended and nothing is left that could wake it. What it leaves behind on the
// context does not run any more. For main() and for tests.
void run_to_end(
    boost::asio::io_context& context,
    const std::function<boost::asio::awaitable<void>()>& work
);

// The same on a context of its own.
void run_to_end(const std::function<boost::asio::awaitable<void>()>& work);

}  // namespace otp
