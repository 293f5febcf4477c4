#include "verify/start.hpp"

#include "common/amqp/topology.hpp"
#include "common/config/program.hpp"
#include "common/log/log.hpp"
#include "common/postgres/connect.hpp"
#include "common/postgres/migrations.hpp"

namespace otp {

namespace asio = boost::asio;
using std::chrono::steady_clock;

namespace {

constexpr std::chrono::milliseconds pause{500};
constexpr std::chrono::seconds topology_limit{10};

asio::awaitable<postgres::result<int>> read_version(const secret& conninfo, deadline at) {
    postgres::connect_options options;
    options.application_name = "otp-verify";
    auto database = co_await postgres::connect(conninfo, options, at);
    if (!database)
        co_return database.error();
    co_return co_await postgres::schema_version(*database, at);
}

void check_version(int found) {
    const int needed = postgres::required_schema_version();
    if (found < needed)
        throw exit_with(
            exit_code::configuration,
            "the database has schema version " + std::to_string(found) + ", this program needs " +
                std::to_string(needed) + ": run otpctl migrate"
        );
}

}  // namespace

asio::awaitable<void> wait_for_database(const secret& conninfo, deadline at) {
    for (bool told = false;; told = true) {
        const auto version = co_await read_version(conninfo, at);
        if (version) {
            check_version(*version);
            co_return;
        }
        const auto why = version.error().text();
        if (steady_clock::now() + pause >= at)
            throw exit_with(exit_code::unavailable, "the database cannot be reached: " + why);
        if (!told)
            log::warning("waiting_for_database").with("error", why);
        co_await sleep_for(pause);
    }
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
    const auto limit = steady_clock::now() + topology_limit;
    const auto declared = co_await amqp::declare(broker, std::move(wanted), limit);
    if (!declared)
        log::error("topology_not_declared").with("error", declared.error().what());
}

}  // namespace otp
