#pragma once

#include "common/amqp/publisher.hpp"
#include "common/store/limit_store.hpp"
#include "worker/delivery/worker_metrics.hpp"

#include <boost/asio/awaitable.hpp>

namespace otp {

// Counts texts and codes for the abuse budget, and tells of each country and network that it
// closes: an event on otp.events (abuse.country, abuse.ip), a line of the log, a metric. Several
// workers may do so: one at a time counts, and events come at least once. Runs until cancelled.
boost::asio::awaitable<void> sweep_abuse(
    limit_store& store,
    amqp::publisher& publisher,
    const limit_rules& rules,
    worker_metrics& counts
);

}  // namespace otp
