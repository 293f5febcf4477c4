#pragma once

#include "ctl/capacity_figures.hpp"

#include <string>
#include <vector>

namespace otp {

// What one text costs, in microseconds of a core, and what one process can hold: as measured, with
// TLS, and beside full tables. Costs of other machines differ; the ratios between the parts hardly
// do.
struct text_costs {
    double worker_us = figure_of("worker_tls_us");
    double database_us = figure_of("database_us") * figure_of("large_tables");
    double broker_us = figure_of("broker_us");
    double queue_us = figure_of("queue_us");
    double check_us = figure_of("check_us");
    double check_database_us = figure_of("check_database_us");
    double wal_bytes = figure_of("wal_bytes");
    double check_wal_bytes = figure_of("check_wal_bytes");
    double stored_bytes = figure_of("stored_bytes");
    double syncs = figure_of("syncs");
    double worker_mb = figure_of("worker_mb");
    // Each send under way, of the 1,024 that scripts/bench has.
    double in_flight_kb = (figure_of("worker_tls_mb") - figure_of("worker_mb")) * 1024 / 1024;
    int most_in_flight = 30000;  // of one process (OTP_CONCURRENCY)
    int most_in_batch = 256;     // texts that share a commit
};

struct capacity_question {
    double rate = 0;            // texts a second
    double latency_ms = 0;      // a provider's answer takes
    double checks = 1;          // codes entered a text, and receipts
    double database_cores = 8;  // of one PostgreSQL primary
    double wal_mb = 200;        // a second, that its disk writes
    double headroom = 0.6;      // share of anything that is planned for: the rest is for bursts
};

struct capacity_part {
    std::string name;
    double cores = 0;  // busy at that rate
    int planned = 0;   // whole cores, with headroom
};

// Something that more processes do not widen.
struct capacity_limit {
    std::string name;
    double rate = 0;  // texts a second at which it is full
    int needed = 1;   // of it, with headroom
    std::string way_past;
};

struct capacity_answer {
    std::vector<capacity_part> parts;    // worker, PostgreSQL, RabbitMQ, otp-verify
    std::vector<capacity_limit> limits;  // the one that is met first, first
    int workers = 0;                     // processes, one a core
    int in_flight = 0;                   // of all workers
    int concurrency = 0;                 // OTP_CONCURRENCY of each
    int provider_connections = 0;
    int database_connections = 0;
    int broker_connections = 0;
    double worker_memory_mb = 0;  // of one
    double wal_mb = 0;            // a second
    double stored_gb = 0;         // a day at that rate
};

capacity_answer capacity_for(const capacity_question& asked, const text_costs& costs);

}  // namespace otp
