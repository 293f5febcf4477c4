#include "common/async/task_group.hpp"

#include "common/async/deadline.hpp"

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <utility>

namespace otp {

namespace asio = boost::asio;

task_group::task_group(asio::any_io_executor executor)
    : executor_(std::move(executor)),
      emptied_(executor_) {}

void task_group::cancel() {
    cancelled_ = true;
    // Asio completes what is cancelled by post, so the list does not change under the loop.
    for (auto& task : tasks_)
        task.emit(asio::cancellation_type::terminal);
}

asio::awaitable<void> task_group::join() {
    // The state belongs to the whole chain of awaits, so it is given back below.
    co_await asio::this_coro::reset_cancellation_state(asio::disable_cancellation());
    while (!tasks_.empty()) {
        emptied_.expires_at(asio::steady_timer::time_point::max());
        co_await emptied_.async_wait(asio::as_tuple(asio::use_awaitable));
    }
    co_await asio::this_coro::reset_cancellation_state(asio::enable_terminal_cancellation());
    if (first_error_)
        std::rethrow_exception(std::exchange(first_error_, nullptr));
}

void task_group::ended(tasks::iterator task, std::exception_ptr error) {
    tasks_.erase(task);
    const bool asked_to_stop = error && cancelled_ && is_abort(error);
    if (error && !asked_to_stop && !first_error_) {
        first_error_ = error;
        cancel();
    }
    if (tasks_.empty())
        emptied_.cancel();
}

}  // namespace otp
