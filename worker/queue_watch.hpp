#pragma once

#include "common/amqp/connection.hpp"
#include "worker/stall.hpp"

#include <boost/asio/awaitable.hpp>

#include <string>

namespace otp {

// Looks at the queue's depth every few seconds, for readiness. Runs until it is cancelled; both
// must outlive it.
boost::asio::awaitable<void> watch_queue(amqp::connection& broker, std::string queue, stall& seen);

}  // namespace otp
