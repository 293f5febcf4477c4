#include "common/amqp/topology.hpp"

#include "common/async/task_group.hpp"
#include "ctl/command.hpp"
#include "ctl/flags.hpp"
#include "ctl/run.hpp"

#include <boost/asio/this_coro.hpp>

#include <iostream>

namespace otp {

namespace asio = boost::asio;

namespace {

asio::awaitable<void> apply(settings& from) {
    const auto queue = from.text("OTP_QUEUE", "otp.send");
    amqp::connection broker(co_await asio::this_coro::executor, broker_options(from));
    task_group tasks(co_await asio::this_coro::executor);
    tasks.spawn([&broker] { return broker.run(); });
    const auto wanted = amqp::product_topology(queue);
    const auto declared = co_await amqp::declare(broker, wanted, startup_end(from));
    const auto last = broker.last_error();
    broker.stop();
    co_await tasks.join();
    if (!declared) {
        const bool reached = declared.error().code.value() >= 200;
        throw exit_with(
            reached ? exit_code::configuration : exit_code::unavailable,
            (last && !reached ? last : declared.error()).what()
        );
    }
    for (const auto& exchange : wanted.exchanges)
        std::cout << "exchange " << exchange.name << " (" << exchange.kind << ")\n";
    for (const auto& one : wanted.queues)
        std::cout << "queue " << one.name << "\n";
}

}  // namespace

exit_code run_topology(settings& from, const std::vector<std::string>& words) {
    const flags given(words, {});
    if (given.words() != std::vector<std::string>{"apply"})
        throw exit_with(exit_code::usage, "topology takes `apply`");
    run_to_end([&] { return apply(from); });
    return exit_code::fine;
}

}  // namespace otp
