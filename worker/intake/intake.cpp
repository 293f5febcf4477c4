#include "worker/intake/intake.hpp"

#include "common/amqp/codec/table.hpp"
#include "common/core/kill_point.hpp"
#include "common/core/traceparent.hpp"
#include "common/job/reasons.hpp"
#include "common/log/log.hpp"
#include "worker/delivery/messages.hpp"

#include <algorithm>
#include <utility>

namespace otp {

namespace asio = boost::asio;

namespace {

constexpr std::size_t most_at_once = 256;

job_envelope envelope_of(const amqp::delivery& received) {
    const auto& properties = received.properties;
    job_envelope envelope;
    envelope.content_type = properties.content_type;
    envelope.type = properties.type;
    envelope.message_id = properties.message_id;
    envelope.timestamp = properties.timestamp;
    envelope.body_size = received.body_size;
    return envelope;
}

std::optional<std::string> traceparent_of(const amqp::delivery& received) {
    const auto trace = amqp::find_string(received.properties.raw_headers, "traceparent");
    if (!trace || !is_traceparent(*trace))
        return std::nullopt;
    return std::string(*trace);
}

}  // namespace

intake::intake(
    amqp::consumer& from,
    pipeline& to,
    const live_templates& templates,
    job_defaults defaults,
    std::string only_tenant,
    const store_clock& clock,
    worker_metrics& counts
)
    : from_(from),
      to_(to),
      templates_(templates),
      defaults_(defaults),
      only_tenant_(std::move(only_tenant)),
      clock_(clock),
      counts_(counts),
      last_taken_(std::chrono::steady_clock::now()) {}

asio::awaitable<void> intake::run() {
    for (;;) {
        std::vector<amqp::delivery> batch = co_await from_.receive(most_at_once);
        if (batch.empty())
            co_return;
        last_taken_ = std::chrono::steady_clock::now();
        std::vector<refusal> refusals;
        for (auto& received : batch) {
            kill_point("taken");
            counts_.taken();
            auto job = read(std::move(received));
            if (job) {
                last_requested_ = (*job)->job.requested_at;
                to_.take(std::move(*job));
            } else
                refusals.push_back(std::move(job.error()));
        }
        if (!refusals.empty())
            co_await refuse(std::move(refusals));
    }
}

boost::system::result<flight_ptr, intake::refusal> intake::read(amqp::delivery received) const {
    const auto moment = boot_clock::now();
    auto job = parse_job(received.body, envelope_of(received), defaults_, clock_.at(moment));
    // Recorded under the queue's own tenant: who may publish here must leave nothing with others.
    if (!job) {
        auto fault = std::move(job).error();
        if (!only_tenant_.empty())
            fault.tenant = only_tenant_;
        return refusal{std::move(fault), std::nullopt, std::move(received)};
    }
    if (!only_tenant_.empty() && job->tenant != only_tenant_) {
        job_fault fault{
            std::string(to_string(job_reason::wrong_tenant)),
            "tenant: expected " + only_tenant_ + ", to whom this queue is pinned",
            job->request_id,
            only_tenant_};
        return refusal{std::move(fault), std::nullopt, std::move(received)};
    }
    const auto words = templates_.now().choose(*job);
    if (!words) {
        const auto why = to_string(words.error().reason);
        job_fault fault{std::string(why), words.error().detail, job->request_id, job->tenant};
        unwritten_job unwritten{std::move(*job), why};
        return refusal{std::move(fault), std::move(unwritten), std::move(received)};
    }
    return flight_of(std::move(received), std::move(*job), **words, moment);
}

flight_ptr intake::flight_of(
    amqp::delivery received,
    send_job job,
    const text_template& words,
    boot_clock::time_point now
) const {
    const auto by_store = clock_.at(now);
    auto taken = std::make_unique<flight>(std::move(received), std::move(job), words);
    taken->job_dies = now + (std::max(taken->job.deadline(), by_store) - by_store);
    taken->traceparent = traceparent_of(taken->received);
    return taken;
}

reject_request intake::rejection_of(const refusal& one, store_clock::time_point now) {
    reject_request row;
    row.request_id = *one.fault.request_id;
    row.tenant = one.fault.tenant;
    row.purpose = "default";
    row.requested_at = now;
    row.reason = one.fault.reason;
    if (one.unwritten) {
        row.number = one.unwritten->job.to.e164();
        row.purpose = one.unwritten->job.purpose;
        row.unwritten = true;
    }
    return row;
}

// What was begun before, by a worker that had its template, is not buried: what is open of it is
// waited for, settled or ended.
asio::awaitable<void> intake::refuse(std::vector<refusal> refusals) {
    std::vector<reject_request> rows;
    for (const auto& one : refusals)
        if (one.fault.request_id)
            rows.push_back(rejection_of(one, clock_.now()));
    std::vector<rejected_job> recorded;
    if (!rows.empty())
        recorded = co_await to_.record_rejections(std::move(rows));
    for (auto& one : refusals) {
        const auto is_this = [&one](const auto& it) {
            return it.request_id == one.fault.request_id;
        };
        if (one.unwritten && std::ranges::none_of(recorded, is_this))
            wind_up(std::move(one));
        else
            bury(std::move(one));
    }
}

void intake::wind_up(refusal begun) {
    auto job = flight_of(
        std::move(begun.received),
        std::move(begun.unwritten->job),
        templates_.now().usual(),
        boot_clock::now()
    );
    job->unwritten = begun.unwritten->why;
    to_.take(std::move(job));
}

void intake::bury(refusal one) {
    counts_.buried(one.fault.reason);
    log::warning("job_not_understood")
        .with("reason", one.fault.reason)
        .with("detail", one.fault.detail)
        .with("request_id", one.fault.request_id ? to_string(*one.fault.request_id) : "")
        .with("traceparent", traceparent_of(one.received).value_or(""));
    settlement what;
    what.tag = one.received.tag;
    what.epoch = one.received.epoch;
    what.message = dead_letter(one.received, one.fault.reason, one.fault.detail);
    to_.settle(std::move(what));
}

}  // namespace otp
