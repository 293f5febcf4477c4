#include "worker/start.hpp"

#include "common/amqp/topology.hpp"
#include "common/config/program.hpp"
#include "common/log/log.hpp"
#include "common/postgres/connect.hpp"
#include "common/postgres/migrations.hpp"

#include <boost/asio/this_coro.hpp>

#include <optional>

namespace otp {

namespace asio = boost::asio;

namespace {

constexpr int precondition_failed = 406;

void require_version(int found) {
    const int required = postgres::required_schema_version();
    if (found >= required)
        return;
    throw exit_with(
        exit_code::configuration,
        "the database schema has version " + std::to_string(found) + ", this program needs " +
            std::to_string(required) + ": run `otpctl migrate`"
    );
}

}  // namespace

asio::awaitable<void> await_schema(const secret& database_url, deadline at) {
    std::string fault = "no attempt was made";
    bool told = false;
    while (std::chrono::steady_clock::now() < at) {
        postgres::connect_options options;
        options.application_name = "otp-worker start";
        auto opened = co_await postgres::connect(database_url, options, at);
        if (opened) {
            auto version = co_await postgres::schema_version(*opened, at);
            if (version) {
                require_version(*version);
                co_return;
            }
            fault = version.error().text();
        } else {
            fault = opened.error().text();
        }
        if (!told)
            log::warning("waiting_for_database").with("error", fault);
        told = true;
        co_await sleep_for(std::chrono::milliseconds(250));
    }
    throw exit_with(exit_code::unavailable, "PostgreSQL cannot be reached: " + fault);
}

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
