#pragma once

#include "common/amqp/connection.hpp"
#include "common/amqp/publisher.hpp"
#include "common/metrics/metrics.hpp"
#include "common/postgres/pool.hpp"

#include <utility>
#include <vector>

namespace otp {

// What a process has of PostgreSQL and RabbitMQ, looked at at each scrape. Names are words of ours;
// what they name must outlive the metrics.
template <class Part>
using named_parts = std::vector<std::pair<const char*, const Part*>>;

// Each to be called once.
void show_pools(metrics& in, const named_parts<postgres::pool>& pools);
void show_connections(metrics& in, const named_parts<amqp::connection>& connections);
void show_publishers(metrics& in, const named_parts<amqp::publisher>& publishers);

// Whether the process is ready, check by check, in the words of /readyz.
using named_checks = std::vector<std::pair<const char*, std::function<bool()>>>;
void show_readiness(metrics& in, const named_checks& checks);

}  // namespace otp
