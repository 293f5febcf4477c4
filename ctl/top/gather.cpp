#include "ctl/top/gather.hpp"

#include "common/amqp/retry_delays.hpp"
#include "common/amqp/topology.hpp"
#include "common/http/client.hpp"
#include "ctl/top/samples.hpp"

#include <boost/asio/this_coro.hpp>

#include <algorithm>
#include <utility>

namespace otp {

namespace asio = boost::asio;
using postgres::params;
using postgres::rows;
using postgres::statement;
using std::chrono::steady_clock;
using wall_time = std::chrono::system_clock::time_point;

namespace {

constexpr std::chrono::seconds ask_limit{5};
constexpr std::chrono::milliseconds longest_life{20 * 60 * 1000};  // of a request that is open

constexpr statement now_statement{"top_now", "select now()"};

constexpr statement statuses_statement{
    "top_statuses",
    "select status, requests from audit.recent_deliveries($1) order by requests desc, status"};

constexpr statement oldest_statement{
    "top_oldest",
    "select extract(epoch from now() - min(oldest))::bigint from audit.recent_deliveries($1)"
    " where status in ('queued', 'sending')"};

constexpr statement calls_statement{
    "top_calls",
    "select provider, channel, calls, accepted, refused, not_sent, in_doubt, delivered, "
    "undelivered,"
    " median_ms, slow_ms from audit.recent_calls($1)"};

constexpr statement pauses_statement{
    "top_pauses",
    "select kind, name, reason, by_whom, since from audit.pause where ended_at is null"
    " order by since, kind, name"};

top_lane lane_in(const rows& from, int row) {
    top_lane one;
    one.provider = from.get<std::string>(row, 0);
    one.channel = from.get<std::string>(row, 1);
    std::int64_t* const counts[] = {
        &one.calls,
        &one.accepted,
        &one.refused,
        &one.not_sent,
        &one.in_doubt,
        &one.delivered,
        &one.undelivered};
    int column = 2;
    for (auto* count : counts)
        *count = from.get<std::int64_t>(row, column++);
    one.median_ms = from.get<std::optional<std::int32_t>>(row, column++);
    one.slow_ms = from.get<std::optional<std::int32_t>>(row, column);
    return one;
}

top_pause pause_in(const rows& from, int row) {
    top_pause one;
    one.kind = from.get<std::string>(row, 0);
    one.name = from.get<std::string>(row, 1);
    one.reason = from.get<std::string>(row, 2);
    one.by_whom = from.get<std::string>(row, 3);
    one.since = from.get<wall_time>(row, 4);
    return one;
}

top_lane& lane_named(top_view& of, const std::string& provider, const std::string& channel) {
    const auto found = std::ranges::find_if(of.lanes, [&](const top_lane& one) {
        return one.provider == provider && one.channel == channel;
    });
    if (found != of.lanes.end())
        return *found;
    top_lane made;
    made.provider = provider;
    made.channel = channel;
    return of.lanes.emplace_back(std::move(made));
}

void mark_open_lanes(top_view& of) {
    for (const auto& pause : of.pauses)
        if (const auto slash = pause.name.find('/');
            pause.kind == "lane" && slash != std::string::npos)
            lane_named(of, pause.name.substr(0, slash), pause.name.substr(slash + 1)).opened_by =
                pause.by_whom;
}

// The first statement that fails is told; the others would fail alike.
asio::awaitable<std::optional<rows>> look(
    postgres::connection& database,
    const statement& what,
    const params& with,
    top_view& into
) {
    auto answer = co_await database.execute(what, with, steady_clock::now() + ask_limit);
    if (answer)
        co_return std::move(*answer);
    into.faults.push_back("PostgreSQL: " + answer.error().text());
    co_return std::nullopt;
}

asio::awaitable<std::optional<std::string>> fetch(
    std::string url,
    std::string path,
    unsigned& status,
    std::string& fault
) {
    http::client_options options;
    options.base_url = url;
    options.most_answer_bytes = 4 << 20;
    http::client client(co_await asio::this_coro::executor, std::move(options));
    http::request request;
    request.method = "GET";
    request.target = std::move(path);
    const auto answer =
        co_await client.call(request, steady_clock::now() + std::chrono::seconds(3));
    if (!answer) {
        fault = answer.error().text;
        co_return std::nullopt;
    }
    status = answer->status;
    co_return std::string(answer->body.reveal());
}

asio::awaitable<void> gather_worker(std::string url, top_view& into) {
    top_worker one;
    one.url = url;
    unsigned status = 0;
    const auto page = co_await fetch(url, "/metrics", status, one.fault);
    if (page && status != 200)
        one.fault = "/metrics answers " + std::to_string(status);
    if (page && one.fault.empty()) {
        const auto all = parse_samples(*page);
        one.in_flight = static_cast<int>(sum_of(all, "otp_jobs_in_flight"));
        one.waiting = static_cast<int>(sum_of(all, "otp_jobs_waiting"));
        one.unacknowledged = static_cast<int>(sum_of(all, "otp_amqp_unacknowledged"));
        one.oldest_seconds = sum_of(all, "otp_oldest_job_age_seconds");
        for (const auto& s : all)
            if (s.name == "otp_breaker_open" && s.labels.contains("provider") &&
                s.labels.contains("channel")) {
                auto& lane = lane_named(into, s.labels.at("provider"), s.labels.at("channel"));
                lane.open_at += s.value > 0 ? 1 : 0;
            }
        const auto ready = co_await fetch(url, "/readyz", status, one.fault);
        one.ready = ready && status == 200;
    }
    into.workers.push_back(std::move(one));
}

}  // namespace

asio::awaitable<void> gather_database(
    postgres::connection& database,
    std::chrono::milliseconds span,
    top_view& into
) {
    const params none;
    const params recent(span);
    const params open(longest_life);
    const auto now = co_await look(database, now_statement, none, into);
    if (!now)
        co_return;
    into.at = now->get<wall_time>(0, 0);
    const auto statuses = co_await look(database, statuses_statement, recent, into);
    const auto oldest = co_await look(database, oldest_statement, open, into);
    const auto calls = co_await look(database, calls_statement, recent, into);
    const auto pauses = co_await look(database, pauses_statement, none, into);
    for (int row = 0; statuses && row < statuses->size(); ++row)
        into.statuses.push_back(
            {statuses->get<std::string>(row, 0), statuses->get<std::int64_t>(row, 1)}
        );
    if (oldest)
        if (const auto age = oldest->get<std::optional<std::int64_t>>(0, 0))
            into.oldest_open = std::chrono::seconds(*age);
    for (int row = 0; calls && row < calls->size(); ++row)
        into.lanes.push_back(lane_in(*calls, row));
    for (int row = 0; pauses && row < pauses->size(); ++row)
        into.pauses.push_back(pause_in(*pauses, row));
    mark_open_lanes(into);
}

asio::awaitable<void> gather_queues(amqp::connection& broker, std::string queue, top_view& into) {
    std::vector<std::string> names{std::move(queue), "otp.dead"};
    for (const auto delay : amqp::retry_delays_ms)
        names.push_back(amqp::retry_name(delay));
    for (const auto& name : names) {
        top_queue one;
        one.name = name;
        const auto counts =
            co_await amqp::count_queue(broker, name, steady_clock::now() + ask_limit);
        if (counts) {
            one.ready = counts->messages;
            one.consumers = counts->consumers;
        } else {
            one.fault = counts.error().what();
        }
        into.queues.push_back(std::move(one));
    }
}

asio::awaitable<void> gather_workers(std::vector<std::string> urls, top_view& into) {
    for (const auto& url : urls) {
        std::string fault;
        try {
            co_await gather_worker(url, into);
            continue;
        } catch (const std::invalid_argument& e) {
            fault = e.what();
        }
        top_worker one;
        one.url = url;
        one.fault = fault;
        into.workers.push_back(std::move(one));
    }
}

}  // namespace otp
