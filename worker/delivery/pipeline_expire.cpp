#include "common/core/kill_point.hpp"
#include "worker/delivery/by_request.hpp"
#include "worker/delivery/pipeline.hpp"
#include "worker/delivery/store_patience.hpp"

#include <unordered_map>
#include <unordered_set>
#include <utility>

namespace otp {

namespace asio = boost::asio;

namespace {

// A backlog is nothing but these: the larger the batch, the less each costs.
constexpr std::size_t most_expired_at_once = 512;

expire_request late_job(const flight& job) {
    return {
        .request_id = job.job.request_id,
        .tenant = job.job.tenant,
        .number = job.job.to.e164(),
        .purpose = job.job.purpose,
        .user = job.job.user,
        .client_ip = job.job.client_ip,
        .channel = std::string(to_string(job.route.lanes.front().by)),
        .template_name = job.job.template_name,
        .locale = job.words->locale,
        .requested_at = job.job.requested_at,
        .ttl = job.job.ttl,
        .traceparent = job.traceparent,
    };
}

}  // namespace

// Beside begin, on a connection of its own: fresh jobs do not wait for a backlog of late ones.
asio::awaitable<void> pipeline::expire_loop() {
    for (;;) {
        std::vector<flight_ptr> batch = co_await to_expire_.take(most_expired_at_once);
        if (batch.empty())
            co_return;
        expiring_ = batch.size();
        co_await expire_batch(std::move(batch));
        expiring_ = 0;
        room_.notify();
    }
}

// One light statement for the batch. Whatever needs more than that, begin answers.
asio::awaitable<void> pipeline::expire_batch(std::vector<flight_ptr> batch) {
    std::unordered_set<uuid> requests;
    std::vector<flight_ptr> late;
    std::vector<expire_request> rows;
    for (auto& job : batch) {
        with_.policy.leave_out_sms(job->job);
        const auto& country = job->job.to.region();
        job->route = with_.lines.route_for(job->job.channels, country);
        const auto judged = with_.policy.judge(job->job, with_.lines.default_channel(country));
        const bool barred = !job->route.has_provider() || !judged.forbidden.empty();
        if (barred || !requests.insert(job->job.request_id).second) {
            leave_to_begin(std::move(job));
            continue;
        }
        rows.push_back(late_job(*job));
        late.push_back(std::move(job));
    }
    if (late.empty())
        co_return;
    boot_clock::time_point asked_at;
    auto ask = [&]() {
        asked_at = boot_clock::now();
        return with_.store.expire(rows);
    };
    kill_point("before_expire");
    const auto expired = co_await ask_patiently("expire", ask, unanswered_);
    kill_point("after_expire");
    with_.counts.batch("expire", rows.size());
    with_.counts.asked_store("expire", boot_clock::now() - asked_at);
    std::unordered_map<uuid, const expired_job*> ended;
    if (expired)  // else one of them cannot be stored: begin tells which
        ended = by_request(*expired);
    for (auto& job : late) {
        const auto found = ended.find(job->job.request_id);
        if (found == ended.end()) {
            leave_to_begin(std::move(job));
            continue;
        }
        job->verification_id = found->second->verification_id;
        job->channel = found->second->channel;
        with_.counts.begun(begin_verdict::refused, "expired");
        end(std::move(job), "expired", "expired");
    }
}

void pipeline::leave_to_begin(flight_ptr job) {
    job->left_to_begin = true;
    if (to_begin_.closed()) {  // a drain has begun
        with_.consumer.requeue(job->received.tag, job->received.epoch);
        with_.consumer.flush();
    } else {
        take(std::move(job));
    }
}

}  // namespace otp
