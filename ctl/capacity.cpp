#include "common/json/json_writer.hpp"
#include "ctl/capacity_model.hpp"
#include "ctl/flags.hpp"
#include "ctl/run_commands.hpp"

#include <cmath>
#include <iomanip>
#include <iostream>

namespace otp {

namespace {

constexpr int most_cores = 1024;
constexpr int most_wal_mb = 100'000;

int rounded(double value) {
    return static_cast<int>(std::lround(value));
}

void put_figures(json_writer& to) {
    to.open_array("figures");
    for (const auto& one : figures)
        to.open_object()
            .member("name", one.name)
            .member("value", one.value)
            .member("what", one.what)
            .member("from", one.from)
            .member("when", one.when)
            .close_object();
    to.close_array();
}

void put_limits(json_writer& to, const capacity_answer& found) {
    to.open_array("limits");
    for (const auto& one : found.limits)
        to.open_object()
            .member("name", one.name)
            .member("rate", rounded(one.rate))
            .member("needed", one.needed)
            .member("way_past", one.way_past)
            .close_object();
    to.close_array();
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
    to.member("wal_mb_per_second", found.wal_mb);
    to.member("stored_gb_per_day", found.stored_gb);
    to.member("first_limit", found.limits.front().name);
    to.member("first_limit_rate", rounded(found.limits.front().rate));
    put_limits(to, found);
    put_figures(to);
    std::cout << to.take() << "\n";
}

void print_parts(const capacity_answer& found) {
    for (const auto& one : found.parts)
        std::cout << "  " << std::left << std::setw(12) << one.name << std::right << std::setw(8)
                  << one.cores << " cores busy, plan " << one.planned << "\n";
    std::cout << "\n  " << found.workers << " otp-worker with OTP_CONCURRENCY=" << found.concurrency
              << " (" << found.in_flight << " sends in flight in all, "
              << rounded(found.worker_memory_mb) << " MB each)\n  " << found.provider_connections
              << " connections to providers, " << found.database_connections << " to PostgreSQL, "
              << found.broker_connections << " to RabbitMQ\n  " << found.wal_mb
              << " MB of WAL a second, " << found.stored_gb << " GB of rows a day\n";
}

void print_limits(const capacity_answer& found) {
    std::cout << "\nWhat more processes do not widen, and where it is full:\n";
    for (const auto& one : found.limits)
        std::cout << std::setw(9) << rounded(one.rate) << " texts/s  " << one.name << "; here "
                  << one.needed << ". Past it: " << one.way_past << "\n";
}

void print_text(const capacity_question& asked, const capacity_answer& found) {
    std::cout << std::fixed << std::setprecision(2) << "For " << rounded(asked.rate)
              << " texts a second, answered in " << rounded(asked.latency_ms)
              << " ms, each code checked " << rounded(asked.checks) << " times:\n\n";
    print_parts(found);
    print_limits(found);
    std::cout << "\nFirst limit: " << found.limits.front().name << ".\nCosts are those of "
              << "docs/scale.md; measure yours with scripts/bench.\n";
    for (const auto& one : found.limits)
        if (asked.rate > one.rate)
            std::cout << "THIS RATE IS BEYOND " << one.name << ": see docs/scale.md.\n";
}

// "120" or "120ms", and "2s".
int milliseconds(const flags& given) {
    constexpr int least = 1, most = 10'000, usual = 200;
    auto text = given.text("--latency", std::to_string(usual));
    int unit = 1;
    if (text.ends_with("ms")) {
        text.resize(text.size() - 2);
    } else if (text.ends_with("s")) {
        text.pop_back();
        unit = 1000;
    }
    const flags alone({"--latency", text}, {"--latency"});
    return unit * alone.whole("--latency", least, most / unit, usual);
}

}  // namespace

exit_code run_capacity(settings&, const std::vector<std::string>& words) {
    const flags given(
        words,
        {"--rate", "--latency", "--checks", "--database-cores", "--wal-mb"},
        {"--json"}
    );
    if (!given.words().empty())
        throw exit_with(exit_code::usage, "capacity takes flags only: --rate N --latency MS");
    given.required("--rate");
    capacity_question asked;
    asked.rate = given.whole("--rate", 1, 1'000'000, 1);
    asked.latency_ms = milliseconds(given);
    asked.checks = given.whole("--checks", 0, 20, 1);
    asked.database_cores = given.whole("--database-cores", 1, most_cores, 8);
    asked.wal_mb = given.whole("--wal-mb", 1, most_wal_mb, 200);
    const auto found = capacity_for(asked, {});
    if (given.has("--json"))
        print_json(asked, found);
    else
        print_text(asked, found);
    return exit_code::fine;
}

}  // namespace otp
