#include "ctl/capacity_model.hpp"

#include <algorithm>
#include <cmath>
#include <utility>

namespace otp {

namespace {

constexpr double us_per_second = 1e6;
constexpr double seconds_a_day = 86400;
constexpr int sessions_of_a_worker = 3;
constexpr int broker_connections_of_a_worker = 2;
constexpr int smallest_concurrency = 64;
constexpr double commits_of_a_text = 2;  // begin and finish

int whole(double value) {
    // What is short of a whole one by less than the figures are worth is not one more.
    return std::max(1, static_cast<int>(std::ceil(value - 1e-9)));
}

capacity_part part(std::string name, double cost_us, const capacity_question& asked) {
    const double cores = asked.rate * cost_us / us_per_second;
    return {std::move(name), cores, whole(cores / asked.headroom)};
}

int power_of_two_over(double least) {
    int value = smallest_concurrency;
    while (value < least)
        value *= 2;
    return value;
}

double database_us(const capacity_question& asked, const text_costs& costs) {
    return costs.database_us + asked.checks * costs.check_database_us;
}

double wal_bytes(const capacity_question& asked, const text_costs& costs) {
    return costs.wal_bytes + asked.checks * costs.check_wal_bytes;
}

std::vector<capacity_limit> limits_for(const capacity_question& asked, const text_costs& costs) {
    std::vector<capacity_limit> all{
        // A quorum queue is one process of the broker, on one core. That all of what a drained text
        // costs the broker is that process's is more than the truth.
        {"one quorum queue", us_per_second / costs.queue_us, 1, "several queues"},
        {"processor of one PostgreSQL primary",
         asked.database_cores * us_per_second / database_us(asked, costs),
         1,
         "more cores; then several installations, each with its tenants"},
        {"WAL of one PostgreSQL primary",
         asked.wal_mb * 1e6 / wal_bytes(asked, costs),
         1,
         "a faster disk for pg_wal; then several installations, each with its tenants"},
        {"commits of one PostgreSQL primary, batches full",
         costs.syncs * costs.most_in_batch / commits_of_a_text,
         1,
         "a disk with a protected cache"}};
    for (auto& one : all)
        one.needed = whole(asked.rate / (asked.headroom * one.rate));
    std::ranges::stable_sort(all, {}, &capacity_limit::rate);
    return all;
}

}  // namespace

capacity_answer capacity_for(const capacity_question& asked, const text_costs& costs) {
    capacity_answer answer;
    answer.parts = {
        part("otp-worker", costs.worker_us, asked),
        part("PostgreSQL", database_us(asked, costs), asked),
        part("RabbitMQ", costs.broker_us, asked),
        part("otp-verify", asked.checks * costs.check_us, asked)};
    answer.limits = limits_for(asked, costs);
    // Little's law, twice over: latencies have tails, and batches begin together.
    const double under_way = asked.rate * asked.latency_ms / 1000;
    answer.in_flight = whole(2 * under_way);
    const int for_places = (answer.in_flight + costs.most_in_flight - 1) / costs.most_in_flight;
    answer.workers = std::max(answer.parts.front().planned, for_places);
    const double each = static_cast<double>(answer.in_flight) / answer.workers;
    answer.concurrency = std::min(power_of_two_over(each), costs.most_in_flight);
    answer.provider_connections = whole(under_way);
    answer.database_connections = sessions_of_a_worker * answer.workers;
    answer.broker_connections = broker_connections_of_a_worker * answer.workers;
    answer.worker_memory_mb = costs.worker_mb + each * costs.in_flight_kb / 1024;
    answer.wal_mb = asked.rate * wal_bytes(asked, costs) / 1e6;
    answer.stored_gb = asked.rate * costs.stored_bytes * seconds_a_day / 1e9;
    return answer;
}

}  // namespace otp
