#include "ctl/top/top_json.hpp"

#include "common/core/rfc3339.hpp"
#include "common/json/json_writer.hpp"

namespace otp {

namespace {

void put_lanes(json_writer& to, const top_view& of) {
    to.open_array("providers");
    for (const auto& one : of.lanes) {
        to.open_object().member("provider", one.provider).member("channel", one.channel);
        to.member("calls", one.calls)
            .member("accepted", one.accepted)
            .member("refused", one.refused);
        to.member("not_sent", one.not_sent).member("in_doubt", one.in_doubt);
        to.member("delivered", one.delivered).member("undelivered", one.undelivered);
        if (one.median_ms)
            to.member("median_ms", *one.median_ms);
        if (one.slow_ms)
            to.member("p95_ms", *one.slow_ms);
        to.member("breaker_open", !one.opened_by.empty())
            .member("workers_with_open_breaker", one.open_at)
            .close_object();
    }
    to.close_array();
}

void put_workers(json_writer& to, const top_view& of) {
    to.open_array("workers");
    for (const auto& one : of.workers) {
        to.open_object()
            .member("url", one.url)
            .member("ready", one.ready)
            .member("fault", one.fault);
        to.member("in_flight", one.in_flight).member("waiting", one.waiting);
        to.member("unacknowledged", one.unacknowledged)
            .member("oldest_seconds", one.oldest_seconds);
        to.close_object();
    }
    to.close_array();
}

}  // namespace

std::string top_json(const top_view& of) {
    json_writer to;
    to.member("at", format_rfc3339(std::chrono::floor<std::chrono::milliseconds>(of.at)));
    to.open_array("queues");
    for (const auto& one : of.queues)
        to.open_object()
            .member("name", one.name)
            .member("ready", one.ready)
            .member("consumers", one.consumers)
            .member("fault", one.fault)
            .close_object();
    to.close_array().open_object("requests_of_the_last_minute");
    for (const auto& one : of.statuses)
        to.member(one.status, one.requests);
    to.close_object();
    if (of.oldest_open)
        to.member("oldest_open_seconds", of.oldest_open->count());
    put_lanes(to, of);
    put_workers(to, of);
    to.open_array("paused");
    for (const auto& one : of.pauses)
        to.open_object()
            .member("kind", one.kind)
            .member("name", one.name)
            .member("reason", one.reason)
            .member("by_whom", one.by_whom)
            .member("since", format_rfc3339(std::chrono::floor<std::chrono::seconds>(one.since)))
            .close_object();
    to.close_array().open_array("faults");
    for (const auto& one : of.faults)
        to.item(one);
    to.close_array();
    return to.take();
}

}  // namespace otp
