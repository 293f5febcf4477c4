#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

// What `otpctl top` shows at one moment.
namespace otp {

struct top_queue {
    std::string name;
    std::uint32_t ready = 0;
    std::uint32_t consumers = 0;
    std::string fault;  // why it could not be looked at
};

// Calls of one provider on one channel for the requests of the last minute.
struct top_lane {
    std::string provider;
    std::string channel;
    std::int64_t calls = 0;
    std::int64_t accepted = 0;
    std::int64_t refused = 0;
    std::int64_t not_sent = 0;
    std::int64_t in_doubt = 0;
    std::int64_t delivered = 0;
    std::int64_t undelivered = 0;
    std::optional<int> median_ms;
    std::optional<int> slow_ms;  // 95 of 100 took no longer
    std::string opened_by;       // who opened its breaker at all workers; empty: nobody
    int open_at = 0;             // workers that have opened the breaker by themselves
};

struct top_status {
    std::string status;
    std::int64_t requests = 0;  // of the last minute
};

struct top_worker {
    std::string url;
    bool ready = false;
    std::string fault;  // why it told nothing
    int in_flight = 0;
    int waiting = 0;
    int unacknowledged = 0;
    double oldest_seconds = 0;
};

struct top_pause {
    std::string kind;
    std::string name;
    std::string reason;
    std::string by_whom;
    std::chrono::system_clock::time_point since;
};

struct top_view {
    std::chrono::system_clock::time_point at;  // the database's clock; ours while it is away
    std::vector<top_queue> queues;
    std::vector<top_status> statuses;
    std::vector<top_lane> lanes;
    std::vector<top_worker> workers;
    std::vector<top_pause> pauses;
    std::optional<std::chrono::seconds> oldest_open;  // request that has not ended
    std::vector<std::string> faults;                  // what could not be asked
};

// A line for each server and worker that could not be asked; empty where all were.
std::string what_was_not_asked(const top_view& of);

}  // namespace otp
