#pragma once

#include "common/async/event.hpp"
#include "worker/delivery/flight.hpp"

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>

#include <chrono>
#include <cstddef>
#include <deque>
#include <optional>
#include <string>
#include <unordered_map>
#include <vector>

namespace otp {

// Jobs that wait to begin, in the order in which their numbers came. Of several for one tenant and
// number the newest stands in front, whenever it came: those that it supersedes are not texted.
//
// One taker at a time; one thread. Unbounded: the prefetch bounds what is under way.
class waiting_line {
public:
    explicit waiting_line(boost::asio::any_io_executor executor) : arrived_(std::move(executor)) {}

    void push(flight_ptr job);

    // No more jobs will come: take() hands out what is left and then returns nothing.
    void close();

    // At least one job, at most `most`; none once the line is closed and empty. No two are of one
    // request, nor of one tenant and number: such twins wait for the next call. Throws
    // operation_aborted where the caller is cancelled.
    boost::asio::awaitable<std::vector<flight_ptr>> take(std::size_t most);

    // What waits now, at once.
    std::vector<flight_ptr> take_all();

    // When the one that was asked for first was; empty where none waits. Looks at all of them.
    std::optional<std::chrono::system_clock::time_point> oldest() const;

    bool closed() const noexcept { return closed_; }
    std::size_t size() const noexcept { return size_; }

private:
    // By tenant and number; of each the newest job last, never none.
    using by_number = std::unordered_map<std::string, std::vector<flight_ptr>>;

    by_number jobs_;
    std::deque<by_number::value_type*> order_;
    event arrived_;
    std::size_t size_ = 0;
    bool closed_ = false;
};

}  // namespace otp
