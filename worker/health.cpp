#include "worker/health.hpp"

#include <rapidjson/stringbuffer.h>
#include <rapidjson/writer.h>

#include <utility>

namespace otp {

namespace asio = boost::asio;

namespace {

constexpr std::chrono::seconds database_limit{5};

struct check {
    const char* name;
    bool passed;
    std::string detail;
};

http::server_answer readiness(const std::vector<check>& checks) {
    bool ready = true;
    rapidjson::StringBuffer buffer;
    rapidjson::Writer<rapidjson::StringBuffer> to(buffer);
    to.StartObject();
    to.Key("checks");
    to.StartObject();
    for (const auto& one : checks) {
        ready = ready && one.passed;
        to.Key(one.name);
        to.StartObject();
        to.Key("ok");
        to.Bool(one.passed);
        if (!one.detail.empty()) {
            to.Key("detail");
            to.String(one.detail.data(), static_cast<rapidjson::SizeType>(one.detail.size()));
        }
        to.EndObject();
    }
    to.EndObject();
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

asio::awaitable<http::server_answer> answer_ready(worker_health of) {
    const auto database = co_await of.store.now(database_limit);
    std::vector<check> checks;
    checks.push_back({"consumer", of.consumer.active(), of.consumer.last_error().what()});
    if (of.consumer.active())
        checks.back().detail.clear();
    checks.push_back({"database", database.has_value(), database ? "" : database.error().text});
    checks.push_back({"provider", of.lines.any_closed_breaker(), ""});
    const bool stalled =
        of.waiting.is_stalled(of.taking.last_taken(), std::chrono::steady_clock::now());
    checks.push_back({"queue", !stalled, stalled ? "messages wait, none was taken for 10 s" : ""});
    co_return readiness(checks);
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

}  // namespace otp
