#pragma once

#include "common/async/event.hpp"

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/cancellation_signal.hpp>

#include <cstddef>
#include <exception>
#include <list>
#include <utility>

namespace otp {

// The one place that starts coroutines: every task has an owner that stops it with cancel() and
// waits for it with join().
//
// For the thread that runs the executor. Declare a group after what its tasks use; join it before
// it is destroyed, unless the io_context will not run again.
class task_group {
public:
    explicit task_group(boost::asio::any_io_executor executor);
    task_group(const task_group&) = delete;
    task_group& operator=(const task_group&) = delete;

    // Starts `work`, a callable giving awaitable<void>; it is kept until the task ends, so what it
    // captures by value outlives every co_await inside. Give it un-called: `spawn([this] { return
    // run(); })` or a lambda coroutine. A task that throws cancels its siblings, and join() throws
    // what it threw. After cancel() nothing starts.
    template <class Work>
    void spawn(Work work) {
        start(kept(std::move(work)));
    }

    // Asks every task to stop (terminal cancellation).
    void cancel();

    // Returns once no task is left, and not before, even where the caller is cancelled meanwhile:
    // leaving early would leave tasks without an owner. Rethrows the first error of a task; where
    // there is none, throws operation_aborted for a caller that was cancelled. Such a caller could
    // not even begin to wait: who joins in order to end says throw_if_cancelled(false) before it
    // (asio::this_coro), and is then thrown out of no wait.
    boost::asio::awaitable<void> join();

    std::size_t size() const noexcept { return tasks_.size(); }

private:
    using tasks = std::list<boost::asio::cancellation_signal>;  // a list: slots point into it

    // For each kind of work no more than this is compiled; Asio's co_spawn, which is large, once.
    template <class Work>
    static boost::asio::awaitable<void> kept(Work work) {
        co_await work();
    }
    void start(boost::asio::awaitable<void> task);
    void ended(tasks::iterator task, std::exception_ptr error);

    boost::asio::any_io_executor executor_;
    event emptied_;
    tasks tasks_;
    std::exception_ptr first_error_;
    bool cancelled_ = false;
};

}  // namespace otp
