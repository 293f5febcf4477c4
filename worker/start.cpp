#include "worker/start.hpp"

#include "common/amqp/topology.hpp"
#include "common/config/program.hpp"
#include "common/log/log.hpp"

namespace otp {

namespace asio = boost::asio;

namespace {

constexpr int precondition_failed = 406;
constexpr std::chrono::milliseconds pause{250};

}  // namespace

asio::awaitable<void> await_topology(
    amqp::connection& broker,
    const std::string& queue,
    deadline at
) {
    for (bool told = false;; told = true) {
        const auto declared = co_await amqp::declare(broker, amqp::product_topology(queue), at);
        if (declared)
            co_return;
        const auto& error = declared.error();
        if (error.code.value() == precondition_failed)
            throw exit_with(
                exit_code::configuration,
                "a queue exists with other arguments: " + error.what()
            );
        // A broker that restarts may break off any answer.
        if (std::chrono::steady_clock::now() + pause >= at) {
            const auto& last = broker.last_error();
            throw exit_with(
                exit_code::unavailable,
                "RabbitMQ cannot be reached: " + (last ? last.what() : error.what())
            );
        }
        if (!told)
            log::warning("waiting_for_broker").with("error", error.what());
        co_await sleep_for(pause);
    }
}

}  // namespace otp
