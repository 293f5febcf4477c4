#include "ctl/with_broker.hpp"

#include <boost/asio/this_coro.hpp>

#include <exception>
#include <utility>

namespace otp {

namespace asio = boost::asio;

asio::awaitable<void> with_broker(amqp::connection_options options, const broker_work& work) {
    auto executor = co_await asio::this_coro::executor;
    amqp::connection broker(executor, std::move(options));
    task_group tasks(executor);
    tasks.spawn([&broker] { return broker.run(); });
    std::exception_ptr failure;
    try {
        co_await work(broker, tasks);
    } catch (...) {
        failure = std::current_exception();
    }
    broker.stop();
    co_await tasks.join();
    if (failure)
        std::rethrow_exception(failure);
}

}  // namespace otp
