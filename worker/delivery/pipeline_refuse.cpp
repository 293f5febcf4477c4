#include "common/core/kill_point.hpp"
#include "common/log/log.hpp"
#include "worker/delivery/by_request.hpp"
#include "worker/delivery/pipeline.hpp"
#include "worker/delivery/store_patience.hpp"

#include <utility>

namespace otp {

namespace asio = boost::asio;

namespace {

reject_request rejection_of(const flight& job) {
    return {
        .request_id = job.job.request_id,
        .tenant = job.job.tenant,
        .number = job.job.to.e164(),
        .purpose = job.job.purpose,
        .user = job.job.user,
        .channel = job.job.channels.empty() ? "" : std::string(to_string(job.job.channels.front())),
        .template_name = job.job.template_name,
        .locale = job.words->locale,
        .requested_at = job.job.requested_at,
        .reason = std::string(job.barred),
        .traceparent = job.traceparent,
    };
}

}  // namespace

// A batch waits for rates only where there are any.
asio::awaitable<void> pipeline::judge(std::vector<flight_ptr>& batch) {
    for (auto& job : batch) {
        with_.policy.leave_out_sms(job->job);
        const auto by_default = with_.lines.default_channel(job->job.to.region());
        job->judged = with_.policy.judge(job->job, by_default);
        if (with_.policy.has_rates() && job->judged.forbidden.empty())
            co_await with_.policy.take_rates(job->job, job->judged);
    }
}

// A rate is paid by who first stores a request and lets it pass: one that is known has paid.
void pipeline::pay(flight& job, const begin_answer& answer) {
    if (!answer.charged)
        with_.policy.give_back(job.job, job.judged);
    if (!answer.observed.empty())
        with_.counts.would_refuse(answer.observed);
}

// A request that was begun before, under other rules or by a worker with other providers, is not
// rejected: what is open of it is waited for, settled or ended, and its end is what is told.
asio::awaitable<void> pipeline::refuse(std::vector<flight_ptr> batch) {
    std::vector<reject_request> rows;
    for (auto& job : batch) {
        job->route = {};
        rows.push_back(rejection_of(*job));
    }
    const auto recorded = co_await record_rejections(std::move(rows));
    const auto rejected = by_request(recorded);
    std::vector<flight_ptr> known;
    for (auto& job : batch) {
        const auto found = rejected.find(job->job.request_id);
        if (found == rejected.end()) {
            known.push_back(std::move(job));
            continue;
        }
        job->verification_id = found->second->verification_id;
        job->channel = found->second->channel;
        const auto reason = job->barred;
        end(std::move(job), "rejected", reason);
    }
    if (!known.empty())
        co_await begin_batch(std::move(known));
}

asio::awaitable<std::vector<rejected_job>> pipeline::record_rejections(
    std::vector<reject_request> jobs
) {
    auto ask = [&]() { return with_.store.reject(jobs); };
    kill_point("before_reject");
    auto done = co_await ask_patiently("reject", ask, unanswered_);
    kill_point("after_reject");
    if (done)
        co_return std::move(*done);
    std::vector<rejected_job> recorded;
    if (jobs.size() == 1) {
        log::error("rejection_not_storable")
            .with("request_id", to_string(jobs.front().request_id))
            .with("traceparent", jobs.front().traceparent.value_or(""))
            .with("error", done.error().text);
        co_return recorded;
    }
    for (auto& job : jobs) {
        std::vector<reject_request> alone;
        alone.push_back(std::move(job));
        const auto more = co_await record_rejections(std::move(alone));
        recorded.insert(recorded.end(), more.begin(), more.end());
    }
    co_return recorded;
}

}  // namespace otp
