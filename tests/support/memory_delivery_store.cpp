#include "tests/support/memory_delivery_store.hpp"

#include "common/core/utf8.hpp"
#include "tests/support/memory_delivery_rules.hpp"

#include <algorithm>
#include <utility>

namespace otp::test {

namespace asio = boost::asio;

std::optional<memory_delivery_store::failure> memory_delivery_store::failure_of(call of) {
    const auto found = std::find_if(failures.begin(), failures.end(), [of](const failure& one) {
        return one.of == of;
    });
    if (found == failures.end())
        return std::nullopt;
    failure taken = *found;
    failures.erase(found);
    return taken;
}

asio::awaitable<std::optional<memory_delivery_store::failure>> memory_delivery_store::announce(
    call of
) {
    if (before)
        co_await before(of);
    co_return failure_of(of);
}

void memory_delivery_store::open_attempt(
    delivery& of,
    std::string_view lane,
    const std::string& owner
) {
    attempt one;
    one.provider = lane.substr(0, lane.find('/'));
    one.channel = lane.substr(lane.find('/') + 1);
    one.state = "started";
    one.owner = owner;
    one.started_at = system_clock::now();
    one.lease_until = one.started_at + lease;
    of.provider = one.provider;
    of.channel = one.channel;
    of.attempts.push_back(std::move(one));
}

asio::awaitable<store_result<std::vector<rejected_job>>> memory_delivery_store::reject(
    const std::vector<reject_request>& jobs
) {
    const auto fault = co_await announce(call::reject);
    if (fault)
        co_return failed(*fault);
    for (const auto& job : jobs)
        if (!is_utf8(job.user.value_or("")))
            co_return store_error(store_error::kind::data, "a refusal cannot be stored");
    std::vector<rejected_job> recorded;
    for (const auto& job : jobs) {
        const auto [at, is_new] = deliveries_.try_emplace(job.request_id);
        const delivery& known = at->second;
        const bool is_repeat = known.status == "rejected" && known.tenant == job.tenant;
        const bool is_mended = !job.number.empty() && is_new_when_mended(known, job.tenant);
        if (!is_new && !(job.unwritten ? is_repeat : is_mended))
            continue;
        recorded.push_back({job.request_id, std::nullopt, job.channel});
        at->second.tenant = job.tenant;
        at->second.number = job.number;
        at->second.purpose = job.purpose;
        at->second.channel = job.channel;
        at->second.status = "rejected";
        at->second.reason = job.reason;
    }
    co_return recorded;
}

asio::awaitable<store_result<std::vector<expired_job>>> memory_delivery_store::expire(
    const std::vector<expire_request>& jobs
) {
    expired_.emplace_back();
    for (const auto& job : jobs)
        expired_.back().push_back(job.request_id);
    const auto fault = co_await announce(call::expire);
    if (fault && !fault->lost_answer)
        co_return failed(*fault);
    for (const auto& job : jobs)
        if (!is_utf8(job.user.value_or("")) || job.request_id == unstorable)
            co_return store_error(store_error::kind::data, "a late job cannot be stored");
    std::vector<expired_job> expired;
    for (const auto& job : jobs)
        if (expire_one(job))
            expired.push_back({job.request_id, std::nullopt, job.channel});
    if (fault)
        co_return failed(*fault);
    co_return expired;
}

bool memory_delivery_store::expire_one(const expire_request& job) {
    const auto due = job.requested_at + job.ttl;
    const auto pending = verifications_.find({job.tenant, job.number, job.purpose});
    const bool is_pending = pending != verifications_.end() && !pending->second.sends.empty();
    if (until(due) >= least_life || deliveries_.contains(job.request_id) || is_pending)
        return false;
    auto& to = deliveries_[job.request_id];
    to.tenant = job.tenant;
    to.number = job.number;
    to.purpose = job.purpose;
    to.channel = job.channel;
    to.traceparent = job.traceparent;
    to.ends = due;
    to.status = to.reason = "expired";
    return true;
}

void memory_delivery_store::accept_send(const uuid& request, const std::string& job) {
    auto& to = deliveries_[request];
    to.status = "queued";
    to.job = job;
    to.sweep_at = system_clock::now();
}

asio::awaitable<store_result<std::vector<due_job>>> memory_delivery_store::sweep(int most) {
    const auto fault = failure_of(call::sweep);
    if (fault)
        co_return failed(*fault);
    std::vector<due_job> due;
    for (auto& [id, one] : deliveries_) {
        if (due.size() == static_cast<std::size_t>(most))
            break;
        if (!one.sweep_at || until(*one.sweep_at) > milliseconds::zero())
            continue;
        one.sweep_at = system_clock::now() + seconds(30);
        due_job job;
        job.request_id = id;
        job.body = one.job;
        job.traceparent = one.traceparent;
        due.push_back(std::move(job));
    }
    co_return due;
}

asio::awaitable<store_result<void>> memory_delivery_store::mark_published(
    const std::vector<uuid>& requests
) {
    for (const auto& id : requests)
        if (const auto found = deliveries_.find(id); found != deliveries_.end())
            found->second.sweep_at.reset();
    co_return store_result<void>();
}

asio::awaitable<store_result<std::vector<uuid>>> memory_delivery_store::keep(
    const std::vector<refused_outcome>& untold
) {
    const auto fault = co_await announce(call::keep);
    if (fault)
        co_return failed(*fault);
    std::vector<uuid> known;
    for (const auto& one : untold) {
        const auto* of = find(one.request_id);
        if (!of || of->tenant != one.tenant)
            continue;
        kept_.push_back(one);
        known.push_back(one.request_id);
    }
    co_return known;
}

asio::awaitable<store_result<void>> memory_delivery_store::prepare_days() {
    const auto fault = co_await announce(call::prepare_days);
    if (fault)
        co_return failed(*fault);
    co_return store_result<void>();
}

asio::awaitable<store_result<void>> memory_delivery_store::confirm_writable(milliseconds) {
    co_return store_result<void>();
}

void memory_delivery_store::end_lease(const uuid& request) {
    for (auto& one : deliveries_.at(request).attempts)
        one.lease_until = system_clock::now() - seconds(1);
}

void memory_delivery_store::record_receipt(
    const uuid& request,
    int number,
    const std::string& status
) {
    auto& of = deliveries_.at(request);
    auto& one = of.attempts.at(static_cast<std::size_t>(number) - 1);
    if (!moves(one.state, status))
        return;
    one.state = status;
    if (status == "undelivered" && (of.status == "sending" || of.status == "sent")) {
        const bool again = !of.job.empty() && of.receipt_retry == 0;
        of.status = again ? "sent" : "undelivered";
        if (again) {
            of.receipt_retry = 1;
            of.sweep_at = system_clock::now();
        }
    } else {
        of.status = status == "accepted" ? "sent" : status;
    }
}

const memory_delivery_store::delivery* memory_delivery_store::find(const uuid& request) const {
    const auto found = deliveries_.find(request);
    return found == deliveries_.end() ? nullptr : &found->second;
}

}  // namespace otp::test
