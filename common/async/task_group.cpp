#include "common/async/task_group.hpp"

#include "common/async/deadline.hpp"

#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/this_coro.hpp>

#include <utility>

namespace otp {

namespace asio = boost::asio;

task_group::task_group(asio::any_io_executor executor)
    : executor_(std::move(executor)),
      emptied_(executor_) {}

void task_group::start(asio::awaitable<void> task) {
    if (cancelled_)
        return;
    const auto place = tasks_.emplace(tasks_.end());
    asio::co_spawn(
        executor_,
        std::move(task),
        asio::bind_cancellation_slot(
            place->slot(),
            [this, place](std::exception_ptr error) { ended(place, error); }
        )
    );
}

void task_group::cancel() {
    cancelled_ = true;
    // Asio completes what is cancelled by post, so the list does not change under the loop.
    for (auto& task : tasks_)
        task.emit(asio::cancellation_type::terminal);
}

asio::awaitable<void> task_group::join() {
    // Only this wait goes on where the caller is cancelled; the cancellation itself stays his.
    const bool throws = co_await asio::this_coro::throw_if_cancelled();
    co_await asio::this_coro::throw_if_cancelled(false);
    while (!tasks_.empty())
        co_await emptied_.wait();
    co_await asio::this_coro::throw_if_cancelled(throws);
    if (first_error_)
        std::rethrow_exception(std::exchange(first_error_, nullptr));
    if (throws)
        co_await throw_if_cancelled();
}

void task_group::ended(tasks::iterator task, std::exception_ptr error) {
    tasks_.erase(task);
    const bool asked_to_stop = error && cancelled_ && is_abort(error);
    if (error && !asked_to_stop && !first_error_) {
        first_error_ = error;
        cancel();
    }
    if (tasks_.empty())
        emptied_.notify();
}

}  // namespace otp
