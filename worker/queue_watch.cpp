#include "worker/queue_watch.hpp"

#include "common/amqp/topology.hpp"

namespace otp {

namespace asio = boost::asio;

namespace {

constexpr std::chrono::seconds look_interval{3};

asio::awaitable<std::optional<std::size_t>> messages_on(
    amqp::connection& broker,
    const std::string& queue
) {
    const auto at = std::chrono::steady_clock::now() + look_interval;
    const auto found = co_await amqp::count_queue(broker, queue, at);
    if (!found)
        co_return std::nullopt;
    co_return found->messages;
}

}  // namespace

asio::awaitable<void> watch_queue(
    amqp::connection& broker,
    std::string queue,
    stall& seen,
    queue_depths& depths
) {
    const std::string dead_letters = "otp.dead";
    for (;;) {
        co_await sleep_for(look_interval);
        depths.waiting = co_await messages_on(broker, queue);
        if (depths.waiting)
            seen.saw(*depths.waiting, std::chrono::steady_clock::now());
        else
            seen.saw_nothing();
        depths.dead = co_await messages_on(broker, dead_letters);
    }
}

}  // namespace otp
