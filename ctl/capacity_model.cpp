#include "ctl/capacity_model.hpp"

#include <algorithm>
#include <cmath>

namespace otp {

namespace {

constexpr double us_per_second = 1e6;
constexpr int sessions_of_a_worker = 3;
constexpr int broker_connections_of_a_worker = 2;
constexpr int smallest_concurrency = 64;

capacity_part part(std::string name, double cost_us, const capacity_question& asked) {
    capacity_part one;
    one.name = std::move(name);
    one.cores = asked.rate * cost_us / us_per_second;
    one.planned = std::max(1, static_cast<int>(std::ceil(one.cores / asked.headroom)));
    return one;
}

int power_of_two_over(double least) {
    int value = smallest_concurrency;
    while (value < least)
        value *= 2;
    return value;
}

// The parts that cannot be multiplied by starting more processes: one server each.
void find_first_limit(capacity_answer& answer, const job_costs& costs) {
    // A quorum queue is one process of the broker, on one core.
    const double queue_rate = us_per_second / costs.queue_us;
    // Commits of all batches go through one log; by then begin and finish keep some cores busy.
    constexpr double database_cores = 8;
    const double database_rate = database_cores * us_per_second / costs.database_us;
    const bool queue_first = queue_rate <= database_rate;
    answer.first_limit =
        queue_first ? "one quorum queue, which is one core of the broker: split the tenants "
                      "over several OTP_QUEUE"
                    : "one PostgreSQL primary of 8 cores";
    answer.first_limit_rate = std::min(queue_rate, database_rate);
}

}  // namespace

capacity_answer capacity_for(const capacity_question& asked, const job_costs& costs) {
    capacity_answer answer;
    answer.parts = {
        part("otp-worker", costs.worker_us, asked),
        part("PostgreSQL", costs.database_us, asked),
        part("RabbitMQ", costs.broker_us, asked),
        part("otp-verify, for receipts", costs.receipt_us, asked)};
    // Little's law, twice over: latencies have tails, and batches begin together.
    const double under_way = asked.rate * asked.latency_ms / 1000;
    answer.in_flight = std::max(1, static_cast<int>(std::ceil(2 * under_way)));
    const int for_places = (answer.in_flight + costs.most_in_flight - 1) / costs.most_in_flight;
    answer.workers = std::max(answer.parts.front().planned, for_places);
    const double each = static_cast<double>(answer.in_flight) / answer.workers;
    answer.concurrency = std::min(power_of_two_over(each), costs.most_in_flight);
    answer.provider_connections = static_cast<int>(std::ceil(under_way));
    answer.database_connections = sessions_of_a_worker * answer.workers;
    answer.broker_connections = broker_connections_of_a_worker * answer.workers;
    answer.worker_memory_mb = costs.worker_mb + each * costs.in_flight_kb / 1024;
    find_first_limit(answer, costs);
    return answer;
}

}  // namespace otp
