#pragma once

#include "tests/bench/small_client.hpp"

#include <boost/asio/steady_timer.hpp>

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <map>
#include <string>
#include <vector>

namespace otp::bench {

struct check_item {
    std::string number;
    std::string code;
};

struct load_settings {
    std::string server;  // address:port
    std::string key;     // of the caller; may be empty
    std::size_t connections = 64;
    double rate = 0;  // checks a second; 0: as many as are answered
};

// Asks POST /v1/check for each item once, in their order.
//
// At full load each connection asks anew when it is answered. At a rate, each check has its moment
// and its latency counts from there, whether a connection was free or not: a server that stalls is
// not spared the checks that wait meanwhile.
class check_load {
public:
    check_load(
        boost::asio::any_io_executor executor,
        load_settings settings,
        std::vector<check_item> items
    );

    void start();
    // A JSON object: how many were valid, wrong, or answered with another status; seconds; p50 and
    // p99 in milliseconds; and in each 100 ms how many were answered and their p99.
    std::string report() const;

private:
    using clock = std::chrono::steady_clock;
    struct answered {
        clock::time_point at;
        clock::duration took;
    };

    clock::time_point due(std::size_t item) const;
    void ask_those_due();
    void ask(clock::time_point since);
    void take(unsigned status, std::string_view body, clock::time_point since);

    load_settings settings_;
    std::vector<check_item> items_;
    small_client client_;
    boost::asio::steady_timer timer_;
    clock::time_point began_;
    std::size_t asked_ = 0;
    std::size_t busy_ = 0;
    std::size_t valid_ = 0;
    std::size_t wrong_ = 0;
    std::map<unsigned, std::size_t> others_;  // by status
    std::vector<answered> answers_;
};

}  // namespace otp::bench
