#pragma once

#include "common/amqp/consumer.hpp"
#include "common/http/server.hpp"
#include "common/metrics/metrics.hpp"
#include "common/store/delivery_store.hpp"
#include "worker/delivery/provider_lines.hpp"
#include "worker/delivery/unanswered.hpp"
#include "worker/intake/intake.hpp"
#include "worker/pauses.hpp"
#include "worker/stall.hpp"

#include <boost/asio/awaitable.hpp>

namespace otp {

// /livez, /readyz and /metrics of a worker (contracts, section 6). Ready means consuming: the
// broker answers within 2 s that the queue has a consumer, the database answered within 5 s that it
// takes writes and has kept no job waiting longer than that, at least one provider's breaker is not
// open, and messages do not wait without any being taken. The parts must outlive the router.
struct worker_health {
    amqp::consumer& consumer;
    delivery_store& store;
    const unanswered& questions;  // to the store, of the jobs
    const provider_lines& lines;
    const pauses& paused;
    const intake& taking;
    const stall& waiting;
    metrics& numbers;
};

http::router health_routes(worker_health of);

// Whether /readyz says 200 now, or the queue is paused and there is nothing to get ready for.
boost::asio::awaitable<bool> is_ready_or_paused(worker_health of);

}  // namespace otp
