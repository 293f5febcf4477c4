#pragma once

#include <array>
#include <string_view>

namespace otp {

// What the capacity model stands on. Every figure that was measured is here and nowhere else: after
// a full run of scripts/bench replace the values, and let `scripts/capacity-tables --write` bring
// docs/scale.md and docs/operations.md after them.
struct figure {
    std::string_view name;
    double value;
    std::string_view what;  // with its unit
    std::string_view from;  // the row of build/bench/report.json, or the command that tells it
    std::string_view when;  // how far it is to be believed
};

inline constexpr std::string_view full_run = "full run, median of 3, 2 cores, huge pages";
inline constexpr std::string_view small_run = "one small repetition, busy machine of 2 cores";

inline constexpr std::array figures{
    figure{
        "worker_us",
        46,
        "otp-worker, µs of a core a text, without TLS",
        "worker run, 0 ms: CPU of worker, us a job",
        full_run},
    figure{
        "worker_tls_us",
        78,
        "otp-worker, µs of a core a text, TLS everywhere",
        "worker with TLS run, 50 ms: CPU of worker, us a job",
        full_run},
    figure{
        "database_us",
        62,
        "PostgreSQL, µs of a core a text, tables empty",
        "worker run, 0 ms: CPU of postgres, us a job",
        full_run},
    figure{
        "large_tables",
        1.05,
        "PostgreSQL, times that beside full tables",
        "large_over_empty",
        full_run},
    figure{
        "broker_us",
        171,
        "RabbitMQ, µs of a core a text, published one by one",
        "RabbitMQ CPU at half, us a job",
        full_run},
    figure{
        "queue_us",
        42,
        "RabbitMQ, µs of a core a text, from a backlog",
        "worker run, 0 ms: CPU of rabbitmq, us a job",
        full_run},
    figure{
        "check_us",
        29,
        "otp-verify, µs of a core a check",
        "otp-verify CPU, us a check",
        full_run},
    figure{
        "check_database_us",
        39,
        "PostgreSQL, µs of a core a check, some 30 at once",
        "otp-verify run: CPU of PostgreSQL, us a check",
        full_run},
    figure{
        "worker_mb",
        33,
        "memory of an otp-worker, MB, without TLS",
        "worker_memory_mb",
        full_run},
    figure{
        "worker_tls_mb",
        113,
        "the same with 1,024 sends in flight over TLS",
        "worker with TLS run, 50 ms: memory, MB",
        full_run},
    figure{"wal_bytes", 2450, "WAL, bytes a text", "worker run, 0 ms: WAL, bytes a job", full_run},
    figure{
        "check_wal_bytes",
        482,
        "WAL, bytes a check",
        "otp-verify run: WAL, bytes a check",
        full_run},
    figure{
        "stored_bytes",
        1470,
        "tables and indexes, bytes a text",
        "tests/bench/statement_cost.py --empty --batch 128",
        small_run},
    figure{
        "syncs",
        3000,
        "commits a second that a disk takes one by one",
        "pg_test_fsync, fdatasync of 8 kB",
        "while others wrote"},
};

consteval double figure_of(std::string_view name) {
    for (const auto& one : figures)
        if (one.name == name)
            return one.value;
    throw "no figure of that name";
}

}  // namespace otp
