#include "worker/health.hpp"

#include "common/amqp/topology.hpp"
#include "common/json/json_writer.hpp"

namespace otp {

namespace asio = boost::asio;

namespace {

struct check {
    const char* name;
    bool passed;
    std::string detail;
};

void put_paused(json_writer& to, const std::vector<paused_one>& all) {
    to.open_array("paused");
    for (const auto& one : all) {
        to.open_object().member("kind", one.kind).member("name", one.name);
        to.member("reason", one.reason).close_object();
    }
    to.close_array();
}

http::server_answer readiness(
    const std::vector<check>& checks,
    const std::vector<paused_one>& paused
) {
    bool ready = true;
    json_writer to;
    to.open_object("checks");
    for (const auto& one : checks) {
        ready = ready && one.passed;
        to.open_object(one.name).member("ok", one.passed);
        if (!one.detail.empty())
            to.member("detail", one.detail);
        to.close_object();
    }
    to.close_object();
    if (!paused.empty())
        put_paused(to, paused);
    http::server_answer answer;
    answer.status = ready ? 200 : 503;
    answer.body = to.member("ready", ready).take();
    if (!ready)
        answer.headers.emplace_back("Retry-After", "1");
    return answer;
}

std::string consumer_detail(const worker_health& of, const amqp::error& away) {
    if (const auto* pause = of.paused.of_queue(); away && pause)
        return "queue " + pause->name + " is paused: " + pause->reason;
    return away.what();
}

// Empty where all is well. The jobs have connections of their own, of which the probe knows
// nothing.
std::string database_detail(const worker_health& of, const store_result<void>& told) {
    if (!told)
        return told.error().text;
    if (of.questions.is_overdue(std::chrono::steady_clock::now()))
        return "jobs have waited for its answer for more than " +
               std::to_string(unanswered::limit.count()) + " s";
    return {};
}

asio::awaitable<http::server_answer> answer_ready(worker_health of) {
    const auto told = co_await of.store.confirm_writable(unanswered::limit);
    // The last to be asked, so that the answer is as new as can be.
    const auto broker_by = std::chrono::steady_clock::now() + amqp::readiness_limit;
    const amqp::error away = co_await of.consumer.confirm_active(broker_by);
    std::vector<check> checks;
    checks.push_back({"consumer", !away, consumer_detail(of, away)});
    const auto database = database_detail(of, told);
    checks.push_back({"database", database.empty(), database});
    checks.push_back({"provider", of.lines.any_closed_breaker(), ""});
    const bool stalled =
        of.waiting.is_stalled(of.taking.last_taken(), std::chrono::steady_clock::now());
    checks.push_back({"queue", !stalled, stalled ? "messages wait, none was taken for 10 s" : ""});
    co_return readiness(checks, of.paused.now());
}

}  // namespace

http::router health_routes(worker_health of) {
    http::router routes;
    routes.on("GET", "/livez", [](http::server_request&) -> asio::awaitable<http::server_answer> {
        http::server_answer answer;
        answer.body = R"({"live":true})";
        co_return answer;
    });
    routes.on("GET", "/readyz", [of](http::server_request&) { return answer_ready(of); });
    routes
        .on("GET", "/metrics", [of](http::server_request&) -> asio::awaitable<http::server_answer> {
            http::server_answer answer;
            answer.content_type = metrics::content_type;
            answer.body = of.numbers.render();
            co_return answer;
        });
    return routes;
}

asio::awaitable<bool> is_ready_or_paused(worker_health of) {
    if (of.paused.of_queue() != nullptr)
        co_return true;
    const auto answer = co_await answer_ready(of);
    co_return answer.status == 200;
}

}  // namespace otp
