#include "worker/queue_watch.hpp"

#include "common/amqp/topology.hpp"

namespace otp {

namespace asio = boost::asio;

namespace {

constexpr std::chrono::seconds look_interval{3};

}  // namespace

asio::awaitable<void> watch_queue(amqp::connection& broker, std::string queue, stall& seen) {
    for (;;) {
        co_await sleep_for(look_interval);
        const auto waiting = co_await amqp::messages_waiting(
            broker,
            queue,
            std::chrono::steady_clock::now() + look_interval
        );
        if (waiting)
            seen.saw(*waiting, std::chrono::steady_clock::now());
        else
            seen.saw_nothing();
    }
}

}  // namespace otp
