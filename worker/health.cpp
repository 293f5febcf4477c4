#include "worker/health.hpp"

#include <rapidjson/stringbuffer.h>
#include <rapidjson/writer.h>

#include <utility>

namespace otp {

namespace asio = boost::asio;

namespace {

constexpr std::chrono::seconds database_limit{5};
// A cut is known after this long, where missed heartbeats would tell it only after two intervals.
constexpr std::chrono::seconds broker_limit{2};

struct check {
    const char* name;
    bool passed;
    std::string detail;
};

using json_out = rapidjson::Writer<rapidjson::StringBuffer>;

void put(json_out& to, const char* name, const std::string& value) {
    to.Key(name);
    to.String(value.data(), static_cast<rapidjson::SizeType>(value.size()));
}

void put_paused(json_out& to, const std::vector<paused_one>& all) {
    to.Key("paused");
    to.StartArray();
    for (const auto& one : all) {
        to.StartObject();
        put(to, "kind", one.kind);
        put(to, "name", one.name);
        put(to, "reason", one.reason);
        to.EndObject();
    }
    to.EndArray();
}

http::server_answer readiness(
    const std::vector<check>& checks,
    const std::vector<paused_one>& paused
) {
    bool ready = true;
    rapidjson::StringBuffer buffer;
    json_out to(buffer);
    to.StartObject();
    to.Key("checks");
    to.StartObject();
    for (const auto& one : checks) {
        ready = ready && one.passed;
        to.Key(one.name);
        to.StartObject();
        to.Key("ok");
        to.Bool(one.passed);
        if (!one.detail.empty())
            put(to, "detail", one.detail);
        to.EndObject();
    }
    to.EndObject();
    if (!paused.empty())
        put_paused(to, paused);
    to.Key("ready");
    to.Bool(ready);
    to.EndObject();
    http::server_answer answer;
    answer.status = ready ? 200 : 503;
    answer.body.assign(buffer.GetString(), buffer.GetSize());
    if (!ready)
        answer.headers.emplace_back("Retry-After", "1");
    return answer;
}

std::string consumer_detail(const worker_health& of, const amqp::error& away) {
    if (const auto* pause = of.paused.of_queue(); away && pause)
        return "queue " + pause->name + " is paused: " + pause->reason;
    return away.what();
}

asio::awaitable<http::server_answer> answer_ready(worker_health of) {
    const auto database = co_await of.store.now(database_limit);
    // The last to be asked, so that the answer is as new as can be.
    const auto broker_by = std::chrono::steady_clock::now() + broker_limit;
    const amqp::error away = co_await of.consumer.confirm_active(broker_by);
    std::vector<check> checks;
    checks.push_back({"consumer", !away, consumer_detail(of, away)});
    checks.push_back({"database", database.has_value(), database ? "" : database.error().text});
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
