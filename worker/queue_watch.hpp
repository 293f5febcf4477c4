#pragma once

#include "common/amqp/connection.hpp"
#include "worker/stall.hpp"

#include <boost/asio/awaitable.hpp>

#include <cstddef>
#include <optional>
#include <string>

namespace otp {

// What lies on the queues, as last seen; empty while the broker does not tell.
struct queue_depths {
    std::optional<std::size_t> waiting;  // on the queue that this worker consumes
    std::optional<std::size_t> dead;     // on otp.dead
};

// Looks at the queues' depths every few seconds, for readiness and metrics. Runs until it is
// cancelled; all must outlive it.
boost::asio::awaitable<void> watch_queue(
    amqp::connection& broker,
    std::string queue,
    stall& seen,
    queue_depths& depths
);

}  // namespace otp
