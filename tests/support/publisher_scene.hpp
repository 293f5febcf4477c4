#pragma once

#include "common/amqp/publisher.hpp"
#include "common/async/run.hpp"
#include "common/log/log.hpp"
#include "tests/support/loopback_broker.hpp"

#include <boost/asio/io_context.hpp>

#include <functional>
#include <stdexcept>

namespace otp::test {

// A publisher on a loopback broker, and what the test does with it in a group of its own.
struct publisher_scene {
    explicit publisher_scene(asio::io_context& context)
        : broker(context.get_executor()),
          connection(context.get_executor(), broker.address()),
          publisher(connection),
          work(context.get_executor()),
          servers_(context.get_executor()) {}

    asio::awaitable<void> begin() {
        servers_.spawn([this] { return broker.run(); });
        servers_.spawn([this] { return connection.run(); });
        servers_.spawn([this] { return publisher.run(); });
        const auto ready = [this] { return publisher.ready(); };
        co_await eventually(ready);
    }

    asio::awaitable<void> end() {
        work.cancel();
        co_await work.join();
        servers_.cancel();
        co_await servers_.join();
    }

    template <class Condition>
    static asio::awaitable<void> eventually(const Condition& condition) {
        const deadline end = std::chrono::steady_clock::now() + std::chrono::seconds(20);
        while (!condition()) {
            if (std::chrono::steady_clock::now() > end)
                throw std::runtime_error("not in time");
            co_await sleep_for(std::chrono::milliseconds(1));
        }
    }

    loopback_broker broker;
    amqp::connection connection;
    amqp::publisher publisher;
    task_group work;

private:
    task_group servers_;
};

// Runs `play(scene)` with a publisher that is ready.
inline void with_ready_publisher(const std::function<asio::awaitable<void>(publisher_scene&)>& play
) {
    log::set_level(log::level::error);
    asio::io_context context(1);
    publisher_scene scene(context);
    const auto work = [&]() -> asio::awaitable<void> {
        co_await scene.begin();
        co_await play(scene);
        co_await scene.end();
    };
    run_to_end(context, work);
}

}  // namespace otp::test
