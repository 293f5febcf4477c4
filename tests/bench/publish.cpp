#include "tests/bench/publish.hpp"

#include "common/async/deadline.hpp"
#include "common/async/task_group.hpp"
#include "common/core/random.hpp"
#include "common/core/rfc3339.hpp"
#include "common/job/job_message.hpp"

#include <boost/asio/this_coro.hpp>

#include <algorithm>
#include <chrono>
#include <stdexcept>
#include <utility>
#include <vector>

namespace otp::bench {

namespace asio = boost::asio;
using std::chrono::steady_clock;

namespace {

constexpr std::size_t at_once = 1000;
constexpr std::chrono::minutes patience{10};
constexpr std::chrono::milliseconds tick{1};

amqp::outgoing_message next_message(job_supply& jobs) {
    const auto id = new_uuid();
    const auto asked_at = std::chrono::system_clock::now() - jobs.age;
    std::string body = "{\"version\":1,\"request_id\":\"" + to_string(id) + "\",\"to\":\"+" +
                       std::to_string(jobs.first_number++) +
                       "\",\"purpose\":\"login\",\"channel\":[\"sms\"],\"locale\":\"en-US\","
                       "\"variables\":{\"app\":\"Acme\"},\"ttl_seconds\":" +
                       std::to_string(jobs.ttl) + ",\"requested_at\":\"" +
                       format_rfc3339(asked_at) + "\",\"tenant\":\"bench\"}";
    --jobs.count;
    return job_message(id, std::move(body), std::nullopt, asked_at);
}

std::vector<amqp::outgoing_message> next_messages(job_supply& jobs, std::size_t most) {
    std::vector<amqp::outgoing_message> messages;
    for (std::size_t left = std::min(most, jobs.count); left > 0; --left)
        messages.push_back(next_message(jobs));
    return messages;
}

asio::awaitable<void> publish(amqp::publisher& to, std::vector<amqp::outgoing_message> messages) {
    const auto results = co_await to.publish(std::move(messages), steady_clock::now() + patience);
    const auto good = std::count(results.begin(), results.end(), amqp::publish_result::confirmed);
    if (static_cast<std::size_t>(good) != results.size())
        throw std::runtime_error("the broker did not confirm all jobs");
}

}  // namespace

// Two at a time, so that one is being made while the other is confirmed.
asio::awaitable<void> publish_all(amqp::publisher& to, job_supply jobs) {
    task_group tasks(co_await asio::this_coro::executor);
    for (int i = 0; i < 2; ++i)
        tasks.spawn([&to, &jobs]() -> asio::awaitable<void> {
            while (jobs.count != 0) {
                auto messages = next_messages(jobs, at_once);
                co_await publish(to, std::move(messages));
            }
        });
    co_await tasks.join();
}

asio::awaitable<void> publish_paced(amqp::publisher& to, job_supply jobs, double rate) {
    task_group tasks(co_await asio::this_coro::executor);
    const auto began = steady_clock::now();
    const std::size_t all = jobs.count;
    while (jobs.count != 0) {
        const std::chrono::duration<double> gone = steady_clock::now() - began;
        const auto due = std::min(all, static_cast<std::size_t>(gone.count() * rate) + 1);
        const auto published = all - jobs.count;
        if (due > published) {
            auto messages = next_messages(jobs, due - published);
            tasks.spawn([&to, messages = std::move(messages)]() mutable {
                return publish(to, std::move(messages));
            });
        }
        co_await sleep_for(tick);
    }
    co_await tasks.join();
}

}  // namespace otp::bench
