#include "common/json/json_writer.hpp"
#include "ctl/capacity_model.hpp"
#include "ctl/flags.hpp"
#include "ctl/run_commands.hpp"

#include <cmath>
#include <iomanip>
#include <iostream>

namespace otp {

namespace {

int rounded(double value) {
    return static_cast<int>(std::lround(value));
}

void print_json(const capacity_question& asked, const capacity_answer& found) {
    json_writer to;
    to.member("rate", asked.rate).member("latency_ms", asked.latency_ms).open_array("parts");
    for (const auto& one : found.parts)
        to.open_object()
            .member("name", one.name)
            .member("busy_cores", one.cores)
            .member("cores", one.planned)
            .close_object();
    to.close_array().member("workers", found.workers).member("in_flight", found.in_flight);
    to.member("concurrency", found.concurrency);
    to.member("provider_connections", found.provider_connections);
    to.member("database_connections", found.database_connections);
    to.member("broker_connections", found.broker_connections);
    to.member("worker_memory_mb", rounded(found.worker_memory_mb));
    to.member("first_limit", found.first_limit);
    to.member("first_limit_rate", rounded(found.first_limit_rate));
    std::cout << to.take() << "\n";
}

void print_text(const capacity_question& asked, const capacity_answer& found) {
    std::cout << "For " << rounded(asked.rate) << " texts a second, answered in "
              << rounded(asked.latency_ms) << " ms:\n\n";
    for (const auto& one : found.parts)
        std::cout << "  " << std::left << std::setw(26) << one.name << std::right << std::fixed
                  << std::setprecision(2) << std::setw(7) << one.cores << " cores busy, plan "
                  << one.planned << "\n";
    std::cout << "\n  " << found.workers << " otp-worker with OTP_CONCURRENCY=" << found.concurrency
              << " (" << found.in_flight << " sends in flight in all, "
              << rounded(found.worker_memory_mb) << " MB each)\n  " << found.provider_connections
              << " connections to providers, " << found.database_connections << " to PostgreSQL, "
              << found.broker_connections << " to RabbitMQ\n\nFirst limit: " << found.first_limit
              << ", at about " << rounded(found.first_limit_rate)
              << " texts a second.\nCosts are those of docs/performance.md; measure yours with "
                 "scripts/bench.\n";
    if (asked.rate > found.first_limit_rate)
        std::cout << "THIS RATE IS BEYOND THAT LIMIT.\n";
}

}  // namespace

exit_code run_capacity(settings&, const std::vector<std::string>& words) {
    const flags given(words, {"--rate", "--latency"}, {"--json"});
    if (!given.words().empty())
        throw exit_with(exit_code::usage, "capacity takes flags only: --rate N --latency MS");
    given.required("--rate");
    capacity_question asked;
    asked.rate = given.whole("--rate", 1, 1'000'000, 1);
    asked.latency_ms = given.whole("--latency", 1, 10'000, 200);
    const auto found = capacity_for(asked, {});
    if (given.has("--json"))
        print_json(asked, found);
    else
        print_text(asked, found);
    return exit_code::fine;
}

}  // namespace otp
