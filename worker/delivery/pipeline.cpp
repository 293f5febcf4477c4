#include "worker/delivery/pipeline.hpp"

#include "common/core/kill_point.hpp"
#include "common/log/log.hpp"

#include <boost/asio/this_coro.hpp>

#include <algorithm>
#include <utility>

namespace otp {

namespace asio = boost::asio;

pipeline::pipeline(asio::any_io_executor executor, parts with, pipeline_settings settings)
    : with_(with),
      settings_(std::move(settings)),
      to_begin_(executor),
      to_expire_(executor),
      to_finish_(executor),
      to_settle_(executor),
      sends_(executor),
      pauses_(executor),
      stages_(executor),
      room_(executor) {}

asio::awaitable<void> pipeline::run() {
    stages_.spawn([this] { return begin_loop(); });
    stages_.spawn([this] { return expire_loop(); });
    stages_.spawn([this] { return watch_sends(); });
    stages_.spawn([this] { return finish_loop(); });
    stages_.spawn([this] { return settle_loop(); });
    // Each has an end of its own: one who is cancelled waits for all of them, too.
    co_await asio::this_coro::throw_if_cancelled(false);
    co_await stages_.join();
    pauses_.cancel();
    co_await pauses_.join();
    co_await sends_.join();
}

void pipeline::take(flight_ptr job) {
    if (job->is_late() && !job->left_to_begin)
        to_expire_.push(std::move(job));
    else
        to_begin_.push(std::move(job));
}

void pipeline::give_back() {
    for (const auto& waiting : {to_begin_.take_all(), to_expire_.take_all()})
        for (const auto& job : waiting)
            with_.consumer.requeue(job->received.tag, job->received.epoch);
    with_.consumer.flush();
}

std::optional<std::chrono::system_clock::time_point> pipeline::oldest_waiting() const {
    auto oldest = to_begin_.oldest();
    for (const auto& late : to_expire_.waiting())
        oldest = std::min(oldest.value_or(late->job.requested_at), late->job.requested_at);
    return oldest;
}

asio::awaitable<void> pipeline::drain(deadline at, std::chrono::milliseconds to_record) {
    give_back();
    kill_point("drain_given_back");
    to_begin_.close();
    to_expire_.close();
    room_.notify();

    auto all_ended = [this]() -> asio::awaitable<bool> {
        while (in_flight_ != 0 || expiring_ != 0 || unsettled_ != 0)
            co_await room_.wait();
        co_return true;
    };
    const auto ended = co_await until(at, all_ended());
    if (!ended) {
        cut_ = true;
        sends_.cancel();  // what is cut in the middle is in doubt, and is recorded as that
        const auto recorded =
            co_await until(std::chrono::steady_clock::now() + to_record, all_ended());
        if (!recorded) {
            // The broker or the database is away: the broker gives these to another worker.
            log::warning("drain_incomplete")
                .with("jobs", std::max(in_flight_ + expiring_, unsettled_));
            stages_.cancel();
        }
    }
    kill_point("drain_ended");
    to_finish_.close();
    to_settle_.close();
    room_.notify();
}

}  // namespace otp
