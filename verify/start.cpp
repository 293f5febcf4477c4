#include "verify/start.hpp"

#include "common/amqp/topology.hpp"
#include "common/config/program.hpp"
#include "common/log/log.hpp"

#include <algorithm>

namespace otp {

namespace asio = boost::asio;
using std::chrono::steady_clock;

namespace {

constexpr std::chrono::seconds topology_limit{10};

}  // namespace

asio::awaitable<void> open_sessions(postgres::pool& database, deadline at) {
    const auto failed = co_await database.fill(at);
    if (!failed)
        co_return;
    const auto now = database.usage();
    log::warning("sessions_missing")
        .with("there", now.idle)
        .with("wanted", now.idle + now.lost)
        .with("error", failed->text());
}

asio::awaitable<void> wait_for_broker(amqp::connection& broker, deadline at) {
    const bool up = co_await broker.wait_up(at);
    if (!up)
        throw exit_with(
            exit_code::unavailable,
            "the broker cannot be reached: " + broker.last_error().what()
        );
    // A worker does this too; without the exchange, a first send would be refused.
    auto wanted = amqp::product_topology("otp.send");
    const auto limit = std::min(at, steady_clock::now() + topology_limit);
    const auto declared = co_await amqp::declare(broker, std::move(wanted), limit);
    if (!declared)
        log::error("topology_not_declared").with("error", declared.error().what());
}

}  // namespace otp
