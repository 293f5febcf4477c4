#pragma once

#include "common/amqp/consumer.hpp"
#include "common/metrics/metrics.hpp"
#include "worker/delivery/pipeline.hpp"
#include "worker/delivery/provider_lines.hpp"
#include "worker/intake/intake.hpp"
#include "worker/queue_watch.hpp"
#include "worker/stall.hpp"

namespace otp {

// What is looked at when a worker is scraped: its jobs, the queue, its providers. What is counted
// while jobs pass is in worker_metrics.
struct worker_view {
    const pipeline& jobs;
    const intake& taking;
    const amqp::consumer& consumer;
    const provider_lines& lines;
    const store_clock& clock;
    const stall& waiting;
    const queue_depths& depths;
    worker_metrics& counts;
};

// To be called once; the parts must outlive the metrics.
void show_jobs(metrics& in, const worker_view& of);
void show_lines(metrics& in, const worker_view& of);

}  // namespace otp
