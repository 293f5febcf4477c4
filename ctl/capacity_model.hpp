#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace otp {

// What one job costs, in microseconds of a core, and what one process can hold: as scripts/bench
// measures it on 2 cores (docs/performance.md). Costs of other machines differ; the ratios between
// the parts hardly do.
struct job_costs {
    double worker_us = 100;      // all of it over TLS: 71 without
    double database_us = 260;    // beside a million rows in each table: 172 while they are empty
    double broker_us = 270;      // while jobs come one by one: 50 where a backlog is drained
    double queue_us = 50;        // of one core, at the most that one queue gives
    double receipt_us = 150;     // otp-verify and database, one receipt and its event
    double worker_mb = 29;       // one process, and
    double in_flight_kb = 60;    // each send under way with its connection
    int most_in_flight = 30000;  // of one process (OTP_CONCURRENCY)
};

struct capacity_question {
    double rate = 0;        // texts a second
    double latency_ms = 0;  // a provider's answer takes
    double headroom = 0.6;  // share of a core that is planned for: the rest is for bursts
};

struct capacity_part {
    std::string name;
    double cores = 0;  // busy at that rate
    int planned = 0;   // whole cores, with headroom
};

struct capacity_answer {
    std::vector<capacity_part> parts;  // worker, PostgreSQL, RabbitMQ, otp-verify for receipts
    int workers = 0;                   // processes, one a core
    int in_flight = 0;                 // of all workers
    int concurrency = 0;               // OTP_CONCURRENCY of each
    int provider_connections = 0;
    int database_connections = 0;
    int broker_connections = 0;
    double worker_memory_mb = 0;  // of one
    std::string first_limit;      // what is met first when the rate grows
    double first_limit_rate = 0;  // there
};

capacity_answer capacity_for(const capacity_question& asked, const job_costs& costs);

}  // namespace otp
