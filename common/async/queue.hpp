#pragma once

#include "common/async/event.hpp"

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>

#include <algorithm>
#include <cstddef>
#include <deque>
#include <iterator>
#include <utility>
#include <vector>

namespace otp {

// Hands values from those who push to one who takes, and is what batches form in: while the taker
// is busy, values gather; the next take() brings them all, up to its limit. No timer, no added
// wait.
//
// One taker at a time; one thread. Unbounded: whoever pushes bounds what is under way.
template <class T>
class queue {
public:
    explicit queue(boost::asio::any_io_executor executor) : ready_(std::move(executor)) {}

    void push(T value) {
        values_.push_back(std::move(value));
        ready_.notify();
    }

    // No more values will come: take() hands out what is left and then returns nothing.
    void close() {
        closed_ = true;
        ready_.notify();
    }

    // At least one value, at most `most`; none once the queue is closed and empty. Throws
    // operation_aborted where the caller is cancelled.
    boost::asio::awaitable<std::vector<T>> take(std::size_t most) {
        while (values_.empty() && !closed_)
            co_await ready_.wait();
        const auto count = static_cast<std::ptrdiff_t>(std::min(most, values_.size()));
        std::vector<T> taken(
            std::make_move_iterator(values_.begin()),
            std::make_move_iterator(values_.begin() + count)
        );
        values_.erase(values_.begin(), values_.begin() + count);
        co_return taken;
    }

    // What waits now, at once.
    std::vector<T> take_all() {
        std::vector<T> taken(
            std::make_move_iterator(values_.begin()),
            std::make_move_iterator(values_.end())
        );
        values_.clear();
        return taken;
    }

    // What take() hands out next, in that order.
    const std::deque<T>& waiting() const noexcept { return values_; }

    bool closed() const noexcept { return closed_; }
    std::size_t size() const noexcept { return values_.size(); }

private:
    std::deque<T> values_;
    event ready_;
    bool closed_ = false;
};

}  // namespace otp
