#include "common/amqp/topology.hpp"

#include "common/async/run.hpp"
#include "common/config/shared_settings.hpp"
#include "common/json/json_writer.hpp"
#include "ctl/flags.hpp"
#include "ctl/run_commands.hpp"
#include "ctl/servers.hpp"
#include "ctl/with_broker.hpp"

#include <iostream>
#include <utility>

namespace otp {

namespace asio = boost::asio;

namespace {

void print(const amqp::topology& declared, bool json) {
    json_writer to;
    to.open_array("exchanges");
    for (const auto& exchange : declared.exchanges) {
        to.open_object().member("name", exchange.name).member("kind", exchange.kind).close_object();
        if (!json)
            std::cout << "exchange " << exchange.name << " (" << exchange.kind << ")\n";
    }
    to.close_array().open_array("queues");
    for (const auto& one : declared.queues) {
        to.item(one.name);
        if (!json)
            std::cout << "queue " << one.name << "\n";
    }
    to.close_array();
    if (json)
        std::cout << to.take() << "\n";
}

asio::awaitable<void> declare_all(
    settings& from,
    amqp::connection& broker,
    std::string queue,
    bool json
) {
    // otp-verify publishes to otp.send, whatever queue else there is.
    auto wanted = amqp::product_topology("otp.send");
    if (queue != "otp.send")
        amqp::add_work_queue(wanted, queue);
    const auto declared = co_await amqp::declare(broker, wanted, startup_end(from));
    if (!declared) {
        const bool reached = declared.error().code.value() >= 200;
        const auto& last = broker.last_error();
        throw exit_with(
            reached ? exit_code::configuration : exit_code::unavailable,
            (last && !reached ? last : declared.error()).what()
        );
    }
    print(wanted, json);
}

asio::awaitable<void> apply(settings& from, bool json) {
    const auto queue = read_queue(from);
    const broker_work declare = [&](amqp::connection& broker, task_group&) {
        return declare_all(from, broker, queue, json);
    };
    auto options = broker_options(from);
    co_await with_broker(std::move(options), declare);
}

}  // namespace

exit_code run_topology(settings& from, const std::vector<std::string>& words) {
    const flags given(words, {}, {"--json"});
    if (given.words() != std::vector<std::string>{"apply"})
        throw exit_with(exit_code::usage, "topology takes `apply`");
    run_to_end([&] { return apply(from, given.has("--json")); });
    return exit_code::fine;
}

}  // namespace otp
