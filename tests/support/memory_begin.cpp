// memory_delivery_store: begin, as migrations/0004_begin_sends.sql.
#include "common/core/utf8.hpp"
#include "tests/support/memory_delivery_rules.hpp"

#include <algorithm>
#include <set>
#include <tuple>
#include <utility>

namespace otp::test {

namespace asio = boost::asio;

namespace {

constexpr std::size_t most_sends = 5;  // in 10 minutes

bool is_storable(const begin_request& job) {
    return is_utf8(job.user.value_or("")) && is_utf8(job.number);
}

begin_answer about(const uuid& request, const memory_delivery_store::delivery& known) {
    begin_answer answer;
    answer.request_id = request;
    answer.status = known.status;
    answer.reason = known.reason;
    answer.verification_id = known.verification_id;
    answer.attempt = static_cast<int>(known.attempts.size());
    answer.provider = known.provider;
    answer.channel = known.channel;
    answer.seed = known.seed;
    answer.code_key_id = known.code_key_id;
    answer.code_length = known.code_length;
    answer.remaining = until(known.ends);
    return answer;
}

begin_answer refusal(begin_answer answer, std::string reason) {
    answer.verdict = begin_verdict::refused;
    answer.reason = std::move(reason);
    return answer;
}

}  // namespace

asio::awaitable<store_result<std::vector<begin_answer>>> memory_delivery_store::begin(
    const std::string& owner,
    const std::vector<begin_request>& jobs
) {
    begun_.emplace_back();
    for (const auto& job : jobs)
        begun_.back().push_back(job.request_id);
    const auto fault = co_await announce(call::begin);
    if (fault && !fault->lost_answer)
        co_return failed(*fault);
    std::set<std::pair<std::string, std::string>> numbers;
    for (const auto& job : jobs)
        if (!is_storable(job) || job.request_id == unstorable ||
            !numbers.emplace(job.tenant, job.number).second)
            co_return store_error(store_error::kind::data, "a job of this batch cannot be stored");
    std::vector<begin_answer> answers;
    for (const auto& job : jobs)
        answers.push_back(begin_one(owner, job));
    for (auto& answer : answers)
        answer.remaining -= answer_age;
    if (after)
        co_await after(call::begin);
    if (fault)
        co_return failed(*fault);
    co_return answers;
}

begin_answer memory_delivery_store::begin_one(const std::string& owner, const begin_request& job) {
    const auto known = deliveries_.find(job.request_id);
    if (known == deliveries_.end())
        return open(owner, job);
    auto& found = known->second;
    if (is_new_when_mended(found, job.tenant)) {
        found = {};
        return open(owner, job);
    }
    if (std::tie(found.tenant, found.number, found.purpose) !=
        std::tie(job.tenant, job.number, job.purpose)) {
        begin_answer nothing;
        nothing.request_id = job.request_id;
        return refusal(std::move(nothing), "request_id_conflict");
    }
    return go_on(owner, job, found);
}

begin_answer memory_delivery_store::go_on(
    const std::string& owner,
    const begin_request& job,
    delivery& known
) {
    begin_answer answer = about(job.request_id, known);
    const bool ended = known.status != "queued" && known.status != "sending" &&
                       !(known.status == "sent" && known.receipt_retry == 1);
    if (ended) {
        answer.verdict = begin_verdict::finished;
        return answer;
    }
    if (!known.attempts.empty() && is_open(known.attempts.back())) {
        auto& last = known.attempts.back();
        const bool alive = until(last.lease_until) > milliseconds::zero();
        const bool own = last.owner == owner && alive;
        answer.lease = until(last.lease_until);
        if (own && last.state == "started") {
            answer.verdict = begin_verdict::send;
        } else if (alive && !own) {
            answer.verdict = begin_verdict::leased;
            answer.retry_after = answer.lease;
        } else if (until(known.ends) <= milliseconds::zero()) {
            known.status = answer.status = "expired";
            known.reason = "in_doubt";
            answer = refusal(std::move(answer), "in_doubt");
        } else {
            last.state = "in_doubt";
            last.owner = owner;
            last.lease_until = system_clock::now() + lease;
            answer.verdict = begin_verdict::in_doubt;
            answer.lease = lease;
            answer.started_at = last.started_at;
        }
        return answer;
    }
    const auto lane = next_lane(known, job.route);
    if (!has_attempts_left(known) || is_late(known) || !lane) {
        known.reason = !has_attempts_left(known) ? "attempts_spent"
                       : is_late(known)          ? "expired"
                                                 : "no_provider_left";
        known.status = answer.status = end_for(known.reason, known);
        return refusal(std::move(answer), known.reason);
    }
    return start(owner, job, known, *lane);
}

begin_answer memory_delivery_store::open(const std::string& owner, const begin_request& job) {
    const auto now = system_clock::now();
    const auto due = job.requested_at + job.ttl;
    auto& to = deliveries_[job.request_id];
    to.tenant = job.tenant;
    to.number = job.number;
    to.purpose = job.purpose;
    to.channel = job.channel;
    to.traceparent = job.traceparent;
    to.ends = due;
    auto& of = verifications_[{job.tenant, job.number, job.purpose}];
    std::string_view rule;
    milliseconds wait{0};
    if (until(due) < least_life)
        rule = "expired";
    if (rule.empty())
        rule = job.bar;
    if (rule.empty() && !of.sends.empty()) {
        const auto pause = ladder_[std::min(of.sends.size(), ladder_.size()) - 1];
        wait = until(of.sends.back() + seconds(pause));
        if (wait > milliseconds::zero())
            rule = "resend_too_soon";
    }
    if (rule.empty() && of.sends.size() >= most_sends) {
        rule = "limit_number";
        wait = until(of.sends.front() + std::chrono::minutes(10));
    }
    if (rule.empty() && job.route.empty())
        rule = "no_provider_left";
    if (!rule.empty()) {
        to.status = rule == "expired"            ? "expired"
                    : rule == "no_provider_left" ? "failed"
                                                 : "rejected";
        to.reason = rule;
        begin_answer answer = refusal(about(job.request_id, to), to.reason);
        answer.retry_after = wait;
        return answer;
    }
    if (of.sends.empty() || until(of.code_expires) <= seconds(60)) {
        if (of.sends.empty())
            of.id = job.verification_id;
        of.seed = job.request_id;
        of.code_key_id = job.code_key_id;
        of.code_length = job.code_length;
        of.code_expires = now + job.ttl;
    }
    of.sends.push_back(now);
    to.verification_id = of.id;
    to.seed = of.seed;
    to.code_key_id = of.code_key_id;
    to.code_length = of.code_length;
    to.ends = std::min(due, of.code_expires);
    auto answer = start(owner, job, to, std::string_view(job.route).substr(0, job.route.find(',')));
    answer.charged = true;
    answer.observed = job.watched;
    return answer;
}

begin_answer memory_delivery_store::start(
    const std::string& owner,
    const begin_request& job,
    delivery& to,
    std::string_view lane
) {
    open_attempt(to, lane, owner);
    to.sweep_at.reset();
    if (to.status != "sent")
        to.status = "sending";
    begin_answer answer = about(job.request_id, to);
    answer.verdict = begin_verdict::send;
    answer.lease = lease;
    return answer;
}

}  // namespace otp::test
