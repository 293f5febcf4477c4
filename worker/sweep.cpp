#include "worker/sweep.hpp"

#include "common/core/kill_point.hpp"
#include "common/job/job_message.hpp"
#include "common/log/log.hpp"

#include <utility>

namespace otp {

namespace asio = boost::asio;

namespace {

constexpr std::chrono::seconds publish_limit{10};
constexpr std::chrono::hours days_interval{6};

// True where all are on the queue, and marked so.
asio::awaitable<bool> publish_due(
    std::vector<due_job> due,
    delivery_store& store,
    amqp::publisher& publisher,
    store_clock::time_point now
) {
    kill_point("sweep_claimed");
    std::vector<amqp::outgoing_message> messages;
    for (auto& job : due)
        messages.push_back(job_message(job.request_id, std::move(job.body), job.traceparent, now));
    const auto results = co_await publisher.publish(
        std::move(messages),
        std::chrono::steady_clock::now() + publish_limit
    );
    kill_point("sweep_published");
    std::vector<uuid> confirmed;
    for (std::size_t i = 0; i < due.size(); ++i)
        if (results[i] == amqp::publish_result::confirmed)
            confirmed.push_back(due[i].request_id);
    log::info("swept").with("due", due.size()).with("published", confirmed.size());
    const auto marked = co_await store.mark_published(confirmed);
    if (!marked)
        log::warning("sweep_not_marked").with("error", marked.error().text);
    const bool all = marked && confirmed.size() == due.size();
    co_return all;
}

// What the database refuses does not pass by itself; its absence, or a reader in the way, does.
log::level level_of(store_error::kind why) {
    const bool passes = why == store_error::kind::unavailable || why == store_error::kind::busy;
    return passes ? log::level::warning : log::level::error;
}

asio::awaitable<void> prepare_days(delivery_store& store, deadline& next) {
    if (std::chrono::steady_clock::now() < next)
        co_return;
    const auto prepared = co_await store.prepare_days();
    if (prepared)
        next = std::chrono::steady_clock::now() + days_interval;
    else
        log::line(level_of(prepared.error().why), "partitions_not_made")
            .with("error", prepared.error().text);
}

}  // namespace

asio::awaitable<void> sweep_stored_jobs(
    delivery_store& store,
    amqp::publisher& publisher,
    const store_clock& clock,
    sweep_pace pace
) {
    deadline next_days;  // long ago
    sweep_step sweep_page = [&]() -> asio::awaitable<bool> {
        co_await prepare_days(store, next_days);
        auto due = co_await store.sweep(pace.page);
        if (!due) {
            log::warning("sweep_failed").with("error", due.error().text);
            co_return false;
        }
        if (due->empty())
            co_return false;
        const bool full = due->size() == static_cast<std::size_t>(pace.page);
        const auto now = clock.now();
        const bool published = co_await publish_due(std::move(*due), store, publisher, now);
        const bool more = full && published;
        co_return more;
    };
    co_await page_by_page(pace.interval, std::move(sweep_page));
}

}  // namespace otp
