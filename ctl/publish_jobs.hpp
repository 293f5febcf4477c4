#pragma once

#include "common/amqp/publisher.hpp"
#include "common/config/settings.hpp"

#include <boost/asio/awaitable.hpp>

#include <functional>
#include <vector>

namespace otp {

// Publishes batches until `next` gives none. Throws exit_with unavailable where the broker does not
// confirm all of one.
boost::asio::awaitable<void> publish_jobs(
    settings& from,
    const std::function<std::vector<amqp::outgoing_message>()>& next
);

}  // namespace otp
