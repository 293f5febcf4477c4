#include "common/core/rfc3339.hpp"
#include "ctl/json_text.hpp"
#include "ctl/top/draw.hpp"

namespace otp {

namespace {

void put_lanes(json_text& to, const top_view& of) {
    to.open_list("providers");
    for (const auto& one : of.lanes) {
        to.open().put("provider", one.provider).put("channel", one.channel);
        to.put("calls", one.calls).put("accepted", one.accepted).put("refused", one.refused);
        to.put("not_sent", one.not_sent).put("in_doubt", one.in_doubt);
        to.put("delivered", one.delivered).put("undelivered", one.undelivered);
        if (one.median_ms)
            to.put("median_ms", *one.median_ms);
        if (one.slow_ms)
            to.put("p95_ms", *one.slow_ms);
        to.put("breaker_open", one.is_open).put("workers_with_open_breaker", one.open_at).close();
    }
    to.close_list();
}

void put_workers(json_text& to, const top_view& of) {
    to.open_list("workers");
    for (const auto& one : of.workers) {
        to.open().put("url", one.url).put("ready", one.ready).put("fault", one.fault);
        to.put("in_flight", one.in_flight).put("waiting", one.waiting);
        to.put("unacknowledged", one.unacknowledged).put("oldest_seconds", one.oldest_seconds);
        to.close();
    }
    to.close_list();
}

}  // namespace

std::string top_json(const top_view& of) {
    json_text to;
    to.put("at", format_rfc3339(std::chrono::floor<std::chrono::milliseconds>(of.at)));
    to.open_list("queues");
    for (const auto& one : of.queues)
        to.open()
            .put("name", one.name)
            .put("ready", one.ready)
            .put("consumers", one.consumers)
            .put("fault", one.fault)
            .close();
    to.close_list().open("requests_of_the_last_minute");
    for (const auto& one : of.statuses)
        to.put(one.status, one.requests);
    to.close();
    if (of.oldest_open)
        to.put("oldest_open_seconds", of.oldest_open->count());
    put_lanes(to, of);
    put_workers(to, of);
    to.open_list("paused");
    for (const auto& one : of.pauses)
        to.open()
            .put("kind", one.kind)
            .put("name", one.name)
            .put("reason", one.reason)
            .put("by_whom", one.by_whom)
            .put("since", format_rfc3339(std::chrono::floor<std::chrono::seconds>(one.since)))
            .close();
    to.close_list().open_list("faults");
    for (const auto& one : of.faults)
        to.item(one);
    to.close_list();
    return to.take();
}

}  // namespace otp
