#include "common/core/kill_point.hpp"
#include "common/core/random.hpp"
#include "common/log/log.hpp"
#include "worker/delivery/messages.hpp"
#include "worker/delivery/pipeline.hpp"
#include "worker/policy/backoff.hpp"

#include <algorithm>
#include <utility>

namespace otp {

namespace asio = boost::asio;

namespace {

// As many as the publisher sends at once: a round of confirms costs the same for one and for all.
constexpr std::size_t most_settled_at_once = 1024;
constexpr std::chrono::seconds publish_limit{10};

// Between two tries of a settlement that was not confirmed.
constexpr std::chrono::milliseconds first_pause{200};
constexpr std::chrono::milliseconds longest_pause{10'000};

// The first message that was not confirmed, in words an operator can act on.
void warn(const std::vector<settlement>& batch, const std::vector<amqp::publish_result>& results) {
    const auto failed = [](auto result) { return result != amqp::publish_result::confirmed; };
    const auto found = std::ranges::find_if(results, failed);
    if (found == results.end())
        return;
    const auto& first = batch[static_cast<std::size_t>(found - results.begin())].message;
    log::warning("publish_not_confirmed")
        .with("jobs", std::ranges::count_if(results, failed))
        .with("result", to_string(*found))
        .with("exchange", first.exchange)
        .with("routing_key", first.routing_key);
}

settlement settlement_of(const flight& job, amqp::outgoing_message message) {
    settlement what;
    what.tag = job.received.tag;
    what.epoch = job.received.epoch;
    what.is_flight = job.in_flight;
    what.message = std::move(message);
    return what;
}

}  // namespace

asio::awaitable<void> pipeline::settle_loop() {
    for (;;) {
        std::vector<settlement> batch = co_await to_settle_.take(most_settled_at_once);
        if (batch.empty())
            co_return;
        co_await publish_all(std::move(batch));
    }
}

// Acks what the broker confirmed in full, and outcomes that it refused once the database has them
// to tell. The rest is published again, with pauses of its own that nobody else waits for: a
// message twice is what consumers must bear, one less is not.
asio::awaitable<void> pipeline::publish_all(std::vector<settlement> batch) {
    std::vector<amqp::outgoing_message> messages;
    for (const auto& one : batch)
        messages.push_back(one.message);  // a copy: what is not confirmed is published again
    with_.counts.batch("publish", batch.size());
    kill_point("before_publish");
    const auto results = co_await with_.publisher.publish(
        std::move(messages),
        std::chrono::steady_clock::now() + publish_limit
    );
    kill_point("after_confirm");
    warn(batch, results);

    std::vector<settlement> again;
    std::vector<settlement> refused;
    for (std::size_t i = 0; i < batch.size(); ++i) {
        auto& one = batch[i];
        if (results[i] == amqp::publish_result::confirmed)
            release(one);
        else if (one.outcome && results[i] == amqp::publish_result::nacked)
            refused.push_back(std::move(one));
        else
            again.push_back(std::move(one));
    }
    with_.consumer.flush();
    kill_point("after_ack");
    if (!refused.empty())
        co_await keep(std::move(refused), again);
    for (auto& one : again)
        settle_later(std::move(one));
}

// A queue of others on otp.events that is full and refuses must not stop the sending: the event is
// told by a sweep until the broker takes it, and the job is done.
asio::awaitable<void> pipeline::keep(
    std::vector<settlement> refused,
    std::vector<settlement>& again
) {
    std::vector<refused_outcome> outcomes;
    for (const auto& one : refused)
        outcomes.push_back(*one.outcome);
    const auto kept = co_await with_.store.keep(outcomes);
    if (!kept)
        log::warning("outcomes_not_kept").with("error", kept.error().text);
    for (auto& one : refused)
        if (kept && std::ranges::find(*kept, one.outcome->request_id) != kept->end())
            release(one);
        else
            again.push_back(std::move(one));
    with_.consumer.flush();
}

void pipeline::settle(settlement what) {
    ++unsettled_;
    to_settle_.push(std::move(what));
}

// Jitter parts those that failed together: a message to an exchange that is gone makes the broker
// close the channel, and must not take the same others with it every time.
void pipeline::settle_later(settlement what) {
    what.pause = std::clamp(what.pause * 2, first_pause, longest_pause);
    pauses_.spawn([this, what = std::move(what)]() mutable -> asio::awaitable<void> {
        const double part = 0.5 + random_fraction() / 2;
        co_await sleep_for(std::chrono::duration_cast<std::chrono::milliseconds>(what.pause * part)
        );
        // By itself: what no queue confirms holds up no other's ack.
        std::vector<settlement> alone;
        alone.push_back(std::move(what));
        co_await publish_all(std::move(alone));
    });
}

void pipeline::release(const settlement& done) {
    kill_point("before_ack");
    with_.consumer.ack(done.tag, done.epoch);
    --unsettled_;
    if (done.is_flight)
        --in_flight_;
    room_.notify();
}

void pipeline::end(flight_ptr job, std::string_view status, std::string_view reason) {
    with_.counts.ended(status, job->attempt != 0);
    outcome_event event;
    event.kind = "delivery";
    event.status = status;
    event.request_id = job->job.request_id;
    event.verification_id = job->verification_id;
    event.tenant = job->job.tenant;
    event.user = job->job.user;
    event.purpose = job->job.purpose;
    event.at = std::chrono::system_clock::now();
    event.provider = job->provider;
    event.channel = job->channel;
    event.reason = reason;
    auto what = settlement_of(*job, event_message(event, job->traceparent));
    what.outcome = refused_outcome{job->job.request_id, job->job.tenant, std::string(status)};
    settle(std::move(what));
}

void pipeline::put_back(flight_ptr job, std::chrono::milliseconds wait, put_back_reason why) {
    const auto away = delay_queue_for(wait);
    with_.counts.put_back(why, away);
    const auto delay = static_cast<std::uint32_t>(away.count());
    auto message = otp::put_back(job->received, settings_.queue, delay, job->job.requested_at);
    settle(settlement_of(*job, std::move(message)));
}

void pipeline::bury(flight_ptr job, std::string_view reason, std::string_view detail) {
    with_.counts.buried(reason);
    settle(settlement_of(*job, dead_letter(job->received, reason, detail)));
}

}  // namespace otp
