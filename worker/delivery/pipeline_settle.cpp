#include "common/log/log.hpp"
#include "worker/delivery/messages.hpp"
#include "worker/delivery/pipeline.hpp"
#include "worker/policy/backoff.hpp"

#include <utility>

namespace otp {

namespace asio = boost::asio;

namespace {

constexpr std::size_t most_in_a_batch = 256;
constexpr std::chrono::seconds publish_limit{10};

}  // namespace

asio::awaitable<void> pipeline::settle_loop() {
    for (;;) {
        std::vector<settlement> batch = co_await to_settle_.take(most_in_a_batch);
        if (batch.empty())
            co_return;
        while (!batch.empty())
            batch = co_await publish_all(std::move(batch));
    }
}

// Acks what the broker confirmed in full, and gives back the rest, to be published again: a message
// twice is what consumers must bear, one less is not.
asio::awaitable<std::vector<settlement>> pipeline::publish_all(std::vector<settlement> batch) {
    std::vector<amqp::outgoing_message> messages;
    for (const auto& one : batch)
        messages.insert(messages.end(), one.messages.begin(), one.messages.end());
    const std::size_t count = messages.size();
    std::vector<amqp::publish_result> results;
    if (count != 0)
        results = co_await with_.publisher.publish(
            std::move(messages),
            std::chrono::steady_clock::now() + publish_limit
        );

    std::vector<settlement> again;
    std::size_t next = 0;
    for (auto& one : batch) {
        bool confirmed = true;
        for (std::size_t i = 0; i < one.messages.size(); ++i, ++next)
            confirmed = results[next] == amqp::publish_result::confirmed && confirmed;
        if (confirmed)
            release(one);
        else
            again.push_back(std::move(one));
    }
    with_.consumer.flush();
    if (!again.empty()) {
        log::warning("publish_not_confirmed").with("jobs", again.size());
        co_await sleep_for(std::chrono::milliseconds(200));
    }
    co_return again;
}

void pipeline::release(const settlement& done) {
    with_.consumer.ack(done.tag, done.epoch);
    if (!done.is_flight)
        return;
    --in_flight_;
    room_.notify();
}

void pipeline::end(flight_ptr job, std::string_view status, std::string_view reason) {
    with_.counts.ended(status);
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
    settle(*job, event_message(event, job->traceparent));
}

void pipeline::put_back(flight_ptr job, std::chrono::milliseconds wait) {
    with_.counts.put_back();
    const auto delay = static_cast<std::uint32_t>(delay_queue_for(wait).count());
    settle(*job, otp::put_back(job->received, settings_.queue, delay, job->job.requested_at));
}

void pipeline::bury(flight_ptr job, std::string_view reason, std::string_view detail) {
    with_.counts.buried(reason);
    settle(*job, dead_letter(job->received, reason, detail));
}

void pipeline::settle(const flight& job, amqp::outgoing_message message) {
    settlement what;
    what.tag = job.received.tag;
    what.epoch = job.received.epoch;
    what.is_flight = true;
    what.messages.push_back(std::move(message));
    to_settle_.push(std::move(what));
}

}  // namespace otp
