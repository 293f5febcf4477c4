#pragma once

#include "common/amqp/connection.hpp"

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>

#include <cstddef>
#include <string>

namespace otp::bench {

// What each of a worker's neighbours can do where nothing else is asked of the machine, with the
// cheapest client there is.

// Takes `jobs` messages off the queue and acks them, many with one frame.
boost::asio::awaitable<void> consume_alone(amqp::connection& broker, std::size_t jobs);

// Two commits for each job, `rows` jobs in each: intents by one session, outcomes by another.
boost::asio::awaitable<void> store_alone(
    boost::asio::any_io_executor executor,
    std::size_t jobs,
    std::size_t rows
);

// Posts `jobs` messages to the stub, `connections` of them at once.
boost::asio::awaitable<void> post_alone(
    boost::asio::any_io_executor executor,
    std::size_t jobs,
    std::size_t connections,
    const std::string& provider
);

}  // namespace otp::bench
