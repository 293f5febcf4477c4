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

reject_request rejection_of(const job_fault& fault, store_clock::time_point now) {
    reject_request row;
    row.request_id = *fault.request_id;
    row.tenant = fault.tenant;
    row.purpose = "default";
    row.requested_at = now;
    row.reason = fault.reason;
    return row;
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
            auto job = read(received);
            if (job) {
                last_requested_ = (*job)->job.requested_at;
                to_.take(std::move(*job));
            } else
                refusals.push_back({std::move(job.error()), std::move(received)});
        }
        if (!refusals.empty())
            co_await refuse(std::move(refusals));
    }
}

boost::system::result<flight_ptr, job_fault> intake::read(amqp::delivery& received) const {
    const auto moment = boot_clock::now();
    const auto now = clock_.at(moment);
    auto job = parse_job(received.body, envelope_of(received), defaults_, now);
    // Recorded under the queue's own tenant: who may publish here must leave nothing with others.
    if (!job) {
        auto fault = std::move(job).error();
        if (!only_tenant_.empty())
            fault.tenant = only_tenant_;
        return fault;
    }
    if (!only_tenant_.empty() && job->tenant != only_tenant_)
        return job_fault{
            std::string(to_string(job_reason::wrong_tenant)),
            "tenant: expected " + only_tenant_ + ", to whom this queue is pinned",
            job->request_id,
            only_tenant_};
    const auto words = templates_.now().choose(*job);
    if (!words)
        return job_fault{
            std::string(to_string(words.error().reason)),
            words.error().detail,
            job->request_id,
            job->tenant};
    auto taken = std::make_unique<flight>(std::move(received), std::move(*job), **words);
    taken->job_dies = moment + (std::max(taken->job.deadline(), now) - now);
    taken->traceparent = traceparent_of(taken->received);
    return taken;
}

asio::awaitable<void> intake::refuse(std::vector<refusal> refusals) {
    std::vector<reject_request> rows;
    for (const auto& one : refusals)
        if (one.fault.request_id)
            rows.push_back(rejection_of(one.fault, clock_.now()));
    if (!rows.empty())
        co_await to_.record_rejections(std::move(rows));
    for (auto& one : refusals) {
        counts_.buried(one.fault.reason);
        log::warning("job_not_understood")
            .with("reason", one.fault.reason)
            .with("detail", one.fault.detail)
            .with("request_id", one.fault.request_id ? to_string(*one.fault.request_id) : "")
            .with("traceparent", traceparent_of(one.received).value_or(""));
        settlement what;
        what.tag = one.received.tag;
        what.epoch = one.received.epoch;
        what.messages.push_back(dead_letter(one.received, one.fault.reason, one.fault.detail));
        to_.settle(std::move(what));
    }
}

}  // namespace otp
