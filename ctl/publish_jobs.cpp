#include "ctl/publish_jobs.hpp"

#include "common/async/task_group.hpp"
#include "common/config/program.hpp"
#include "ctl/run.hpp"

#include <boost/asio/this_coro.hpp>

#include <algorithm>
#include <exception>
#include <string>
#include <utility>

namespace otp {

namespace asio = boost::asio;

namespace {

constexpr std::size_t publish_at_once = 1000;

void require_confirmed(
    const std::vector<amqp::publish_result>& results,
    const amqp::connection& broker
) {
    const auto failed = std::count_if(results.begin(), results.end(), [](auto result) {
        return result != amqp::publish_result::confirmed;
    });
    if (failed == 0)
        return;
    const auto& last = broker.last_error();
    throw exit_with(
        exit_code::unavailable,
        std::to_string(failed) + " of " + std::to_string(results.size()) +
            " jobs were not confirmed by the broker" + (last ? ": " + last.what() : "")
    );
}

}  // namespace

asio::awaitable<void> publish_jobs(
    settings& from,
    const std::function<std::vector<amqp::outgoing_message>()>& next
) {
    auto executor = co_await asio::this_coro::executor;
    amqp::connection broker(executor, broker_options(from));
    amqp::publisher publisher(broker, publish_at_once);
    task_group tasks(executor);
    tasks.spawn([&broker] { return broker.run(); });
    tasks.spawn([&publisher] { return publisher.run(); });
    std::exception_ptr failure;
    try {
        for (auto messages = next(); !messages.empty(); messages = next()) {
            const auto results = co_await publisher.publish(std::move(messages), startup_end(from));
            require_confirmed(results, broker);
        }
    } catch (...) {
        failure = std::current_exception();
    }
    broker.stop();
    co_await tasks.join();
    if (failure)
        std::rethrow_exception(failure);
}

}  // namespace otp
