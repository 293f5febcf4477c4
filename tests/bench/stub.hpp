#pragma once

#include "tests/bench/number_set.hpp"
#include "tests/bench/small_server.hpp"

#include <boost/asio/steady_timer.hpp>

#include <chrono>
#include <cstdint>
#include <deque>
#include <string>
#include <vector>

namespace otp::bench {

// What a fast provider shaped like Twilio would be: 201 with a sid for each message, after the same
// time for all. Its control routes, on the same port:
//
//   POST /reset?latency=MS    forgets what was counted; answers take so long from now on
//   GET /counts               {"posts":…,"numbers":…,"first_us":…,"last_us":…}: how many messages,
//                             to how many distinct numbers, and when (Unix time)
//   GET /series               messages in each 100 ms since the first
class stub {
public:
    explicit stub(boost::asio::any_io_executor executor) : timer_(std::move(executor)) {}

    void handle(const link_ptr& from, const wire_message& request);

private:
    using clock = std::chrono::steady_clock;
    struct late_answer {
        clock::time_point due;
        link_ptr to;
    };

    void take(const link_ptr& from, std::string_view body);
    void count(std::string_view body);
    void answer_those_due();
    void accept(const link_ptr& from);
    void reset(std::string_view start);
    std::string counts() const;
    std::string series() const;

    boost::asio::steady_timer timer_;
    std::deque<late_answer> late_;
    std::chrono::milliseconds latency_{0};
    number_set numbers_;
    std::uint64_t posts_ = 0;
    std::uint64_t sids_ = 0;  // over all runs, so that none comes twice
    std::int64_t first_ = 0;  // microseconds of Unix time
    std::int64_t last_ = 0;
    std::vector<std::uint32_t> per_tenth_;
};

}  // namespace otp::bench
