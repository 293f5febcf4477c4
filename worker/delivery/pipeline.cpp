#include "worker/delivery/pipeline.hpp"

#include "common/log/log.hpp"

#include <boost/asio/this_coro.hpp>

#include <utility>

namespace otp {

namespace asio = boost::asio;

namespace {

// For recording what a drain had to cut.
constexpr std::chrono::seconds cut_limit{3};

}  // namespace

pipeline::pipeline(asio::any_io_executor executor, parts with, pipeline_settings settings)
    : with_(with),
      settings_(std::move(settings)),
      to_begin_(executor),
      to_finish_(executor),
      to_settle_(executor),
      sends_(executor),
      room_(executor) {}

asio::awaitable<void> pipeline::run() {
    task_group stages(co_await asio::this_coro::executor);
    stages.spawn([this] { return begin_loop(); });
    stages.spawn([this] { return finish_loop(); });
    stages.spawn([this] { return settle_loop(); });
    co_await stages.join();
}

asio::awaitable<void> pipeline::drain(deadline at) {
    std::vector<flight_ptr> waiting = to_begin_.take_all();
    for (const auto& job : waiting)
        with_.consumer.nack(job->received.tag, job->received.epoch, true);
    with_.consumer.flush();
    to_begin_.close();
    room_.notify();

    auto all_ended = [this]() -> asio::awaitable<bool> {
        while (in_flight_ != 0)
            co_await room_.wait();
        co_return true;
    };
    const auto ended = co_await until(at, all_ended());
    if (!ended) {
        sends_.cancel();  // what is cut in the middle is in doubt, and is recorded as that
        const auto recorded =
            co_await until(std::chrono::steady_clock::now() + cut_limit, all_ended());
        if (!recorded)
            log::warning("drain_incomplete").with("jobs", in_flight_);
    }
    to_finish_.close();
    to_settle_.close();
}

}  // namespace otp
