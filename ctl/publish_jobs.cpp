#include "ctl/publish_jobs.hpp"

#include "common/config/program.hpp"
#include "ctl/servers.hpp"
#include "ctl/with_broker.hpp"

#include <algorithm>
#include <memory>
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

asio::awaitable<void> publish_all(
    settings& from,
    amqp::connection& broker,
    task_group& tasks,
    const std::function<std::vector<amqp::outgoing_message>()>& next
) {
    const auto publisher = std::make_shared<amqp::publisher>(broker, publish_at_once);
    tasks.spawn([publisher] { return publisher->run(); });
    for (auto messages = next(); !messages.empty(); messages = next()) {
        const auto results = co_await publisher->publish(std::move(messages), startup_end(from));
        require_confirmed(results, broker);
    }
}

}  // namespace

asio::awaitable<void> publish_jobs(
    settings& from,
    const std::function<std::vector<amqp::outgoing_message>()>& next
) {
    const broker_work publish = [&](amqp::connection& broker, task_group& tasks) {
        return publish_all(from, broker, tasks, next);
    };
    auto options = broker_options(from);
    co_await with_broker(std::move(options), publish);
}

}  // namespace otp
