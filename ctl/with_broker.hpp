#pragma once

#include "common/amqp/connection.hpp"
#include "common/async/task_group.hpp"

#include <boost/asio/awaitable.hpp>

#include <functional>

namespace otp {

// What is done while there is a connection. Tasks that it starts go on after it until the
// connection has ended, so they hold what they use: it may be no variable of the work.
using broker_work = std::function<boost::asio::awaitable<void>(amqp::connection&, task_group&)>;

// Runs `work` while a connection to the broker is kept, then ends that and waits for the tasks,
// also where it throws. Throws what it threw, and std::invalid_argument where the CA file cannot be
// used.
boost::asio::awaitable<void> with_broker(amqp::connection_options options, const broker_work& work);

}  // namespace otp
