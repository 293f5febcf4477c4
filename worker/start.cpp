#include "worker/start.hpp"

#include "common/amqp/topology.hpp"
#include "common/config/program.hpp"

namespace otp {

namespace asio = boost::asio;

namespace {

constexpr int precondition_failed = 406;

}  // namespace

asio::awaitable<void> await_topology(
    amqp::connection& broker,
    const std::string& queue,
    deadline at
) {
    auto declared = co_await amqp::declare(broker, amqp::product_topology(queue), at);
    if (declared)
        co_return;
    const auto& error = declared.error();
    if (error.code.value() == precondition_failed)
        throw exit_with(
            exit_code::configuration,
            "a queue exists with other arguments: " + error.what()
        );
    const auto& last = broker.last_error();
    throw exit_with(
        exit_code::unavailable,
        "RabbitMQ cannot be reached: " + (last ? last.what() : error.what())
    );
}

}  // namespace otp
