#include "verify/health.hpp"

#include "common/amqp/topology.hpp"
#include "common/json/json_writer.hpp"

namespace otp {

namespace asio = boost::asio;

namespace {

constexpr std::chrono::seconds database_limit{5};  // contracts, section 6

void put_check(json_writer& to, std::string_view name, bool is_well, std::string_view detail) {
    to.open_object(name).member("ok", is_well);
    if (!is_well)
        to.member("detail", detail);
    to.close_object();
}

std::string_view fault_of(const postgres::result<void>& writable) {
    if (!writable && writable.error().sqlstate_is("25006"))
        return "the database takes no writes: it is read-only, or a standby";
    return "the database did not answer";
}

}  // namespace

http::server_answer alive() {
    json_writer body;
    http::server_answer answer;
    answer.body = body.member("status", "alive").take();
    return answer;
}

asio::awaitable<http::server_answer> readiness(postgres::pool& database, amqp::publisher& broker) {
    const auto database_by = std::chrono::steady_clock::now() + database_limit;
    const auto writable = co_await database.confirm_writable(database_by);
    // The last to be asked, so that the answer is as new as can be.
    const auto broker_by = std::chrono::steady_clock::now() + amqp::readiness_limit;
    const bool connected = co_await broker.confirm_ready(broker_by);
    const bool ready = writable.has_value() && connected;
    json_writer body;
    body.member("status", ready ? "ready" : "not_ready").open_object("checks");
    put_check(body, "database", writable.has_value(), fault_of(writable));
    put_check(body, "broker", connected, "no message can be published now");
    body.close_object();
    http::server_answer answer;
    answer.status = ready ? 200 : 503;
    answer.body = body.take();
    if (!ready)
        answer.headers.emplace_back("Retry-After", "2");
    co_return answer;
}

}  // namespace otp
