#pragma once

#include "common/amqp/consumer.hpp"
#include "common/http/server.hpp"
#include "common/metrics/metrics.hpp"
#include "common/store/delivery_store.hpp"
#include "worker/delivery/pipeline.hpp"
#include "worker/delivery/provider_lines.hpp"

namespace otp {

// /livez, /readyz and /metrics of a worker (contracts, section 6). Ready means consuming:
// registered at the broker now, the database answered within 5 s, and at least one provider's
// breaker is not open. The parts must outlive the router.
struct worker_health {
    const amqp::consumer& consumer;
    delivery_store& store;
    const provider_lines& lines;
    const pipeline& jobs;
    metrics& numbers;
};

http::router health_routes(worker_health of);

}  // namespace otp
