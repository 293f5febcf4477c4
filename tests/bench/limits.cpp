#include "tests/bench/limits.hpp"

#include "common/amqp/consumer.hpp"
#include "common/async/event.hpp"
#include "common/async/queue.hpp"
#include "common/async/task_group.hpp"
#include "common/core/random.hpp"
#include "tests/bench/narrow_table.hpp"
#include "tests/bench/small_client.hpp"

#include <algorithm>
#include <functional>
#include <stdexcept>
#include <utility>
#include <vector>

namespace otp::bench {

namespace asio = boost::asio;

namespace {

constexpr std::uint16_t prefetch = 2560;

std::vector<narrow_job> new_jobs(std::size_t count, std::int64_t& number) {
    std::vector<narrow_job> jobs(count);
    for (auto& job : jobs) {
        job.id = new_uuid();
        job.number = number++;
        job.sid = "SM0123456789abcdef0123456789abcdef";
    }
    return jobs;
}

}  // namespace

asio::awaitable<void> consume_alone(amqp::connection& broker, std::size_t jobs) {
    amqp::consumer_options options;
    options.queue = "otp.send";
    options.prefetch = prefetch;
    amqp::consumer consumer(broker, options);
    task_group tasks(broker.executor());
    tasks.spawn([&consumer] { return consumer.run(); });
    for (std::size_t taken = 0; taken < jobs;) {
        const auto messages = co_await consumer.receive(most_rows);
        if (messages.empty())
            throw std::runtime_error("the subscription ended");
        for (const auto& message : messages)
            consumer.ack(message.tag, message.epoch);
        consumer.flush();
        taken += messages.size();
    }
    co_await consumer.cancel();
    consumer.close();
    co_await tasks.join();
}

asio::awaitable<void> store_alone(
    asio::any_io_executor executor,
    std::size_t jobs,
    std::size_t rows
) {
    auto intents = co_await connect_narrow();
    auto outcomes = co_await connect_narrow();
    queue<std::vector<narrow_job>> begun(executor);
    task_group tasks(executor);
    tasks.spawn([&]() -> asio::awaitable<void> {
        std::int64_t number = 14152000000;
        for (std::size_t done = 0; done < jobs; done += rows) {
            auto batch = new_jobs(std::min(rows, jobs - done), number);
            co_await store_intents(intents, batch);
            begun.push(std::move(batch));
        }
        begun.close();
    });
    tasks.spawn([&]() -> asio::awaitable<void> {
        for (;;) {
            const auto batches = co_await begun.take(1);
            if (batches.empty())
                co_return;
            co_await store_outcomes(outcomes, batches.front());
        }
    });
    co_await tasks.join();
}

asio::awaitable<void> post_alone(
    asio::any_io_executor executor,
    std::size_t jobs,
    std::size_t connections,
    const std::string& provider
) {
    small_client client(executor, provider);
    event changed(executor);
    std::size_t asked = 0;
    std::size_t answered = 0;
    std::function<void()> ask = [&] {
        if (asked == jobs)
            return;
        const std::string body = "To=%2B" + std::to_string(14152000000 + asked++) +
                                 "&From=%2B15005550006&Body=123456+is+your+Acme+code.";
        client.ask(
            "POST /2010-04-01/Accounts/AC0123456789abcdef0123456789abcdef/Messages.json "
            "HTTP/1.1\r\n"
            "Host: 127.0.0.1\r\nContent-Length: " +
                std::to_string(body.size()) + "\r\n\r\n" + body,
            [&](unsigned status, std::string_view) {
                if (status != 201)
                    throw std::runtime_error("the stub answered " + std::to_string(status));
                if (++answered == jobs)
                    changed.notify();
                ask();
            }
        );
    };
    for (std::size_t i = 0; i < connections; ++i)
        ask();
    while (answered < jobs)
        co_await changed.wait();
}

}  // namespace otp::bench
