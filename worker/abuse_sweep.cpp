#include "worker/abuse_sweep.hpp"

#include "common/job/abuse_message.hpp"
#include "common/log/log.hpp"

#include <utility>

namespace otp {

namespace asio = boost::asio;

namespace {

constexpr std::chrono::seconds ask_limit{8};
constexpr std::chrono::seconds publish_limit{5};

deadline after(std::chrono::seconds span) {
    return std::chrono::steady_clock::now() + span;
}

asio::awaitable<void> tell(
    std::vector<abuse_event> events,
    limit_store& store,
    amqp::publisher& publisher,
    worker_metrics& counts
) {
    std::vector<amqp::outgoing_message> messages;
    for (const auto& event : events)
        messages.push_back(abuse_message(event));
    const auto results = co_await publisher.publish(std::move(messages), after(publish_limit));
    std::vector<abuse_event> told;
    for (std::size_t i = 0; i < events.size(); ++i) {
        if (results[i] != amqp::publish_result::confirmed)
            continue;
        auto& one = events[i];
        counts.abuse_exceeded(one.kind);
        log::warning("abuse_budget_exceeded")
            .with("tenant", one.tenant)
            .with("kind", one.kind)
            .with("subject", one.subject)
            .with("window", one.span)
            .with("unverified", one.unverified)
            .with("verified", one.verified)
            .with("allowed", one.allowed);
        told.push_back(std::move(one));
    }
    if (told.empty())
        co_return;
    const auto marked = co_await store.mark_told(told, after(ask_limit));
    if (!marked)  // they are told once more
        log::warning("abuse_sweep_failed").with("error", marked.error().text());
}

}  // namespace

asio::awaitable<void> sweep_abuse(
    limit_store& store,
    amqp::publisher& publisher,
    const limit_rules& rules,
    worker_metrics& counts
) {
    for (;;) {
        co_await sleep_for(rules.abuse_interval);
        if (!rules.judges_abuse())
            continue;
        auto more = co_await store.sweep_abuse(rules, after(ask_limit));
        while (more && *more)
            more = co_await store.sweep_abuse(rules, after(ask_limit));
        if (!more)
            log::warning("abuse_sweep_failed").with("error", more.error().text());
        auto events = co_await store.untold(after(ask_limit));
        if (!events)
            log::warning("abuse_sweep_failed").with("error", events.error().text());
        else if (!events->empty())
            co_await tell(std::move(*events), store, publisher, counts);
    }
}

}  // namespace otp
