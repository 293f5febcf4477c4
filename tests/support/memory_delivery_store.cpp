#include "tests/support/memory_delivery_store.hpp"

#include "common/core/utf8.hpp"

#include <algorithm>
#include <limits>
#include <set>
#include <utility>

namespace otp::test {

namespace asio = boost::asio;
using std::chrono::milliseconds;
using std::chrono::seconds;
using std::chrono::system_clock;

namespace {

constexpr std::size_t most_attempts = 4;
constexpr std::size_t most_sends = 5;  // in 10 minutes
constexpr seconds least_life{30};

milliseconds until(system_clock::time_point at) {
    return std::chrono::duration_cast<milliseconds>(at - system_clock::now());
}

bool is_storable(const begin_request& job) {
    return is_utf8(job.user.value_or("")) && is_utf8(job.number);
}

bool is_open(const memory_delivery_store::attempt& one) {
    return one.state == "started" || one.state == "in_doubt";
}

bool moves(std::string_view from, std::string_view to) {
    if (from == "started")
        return true;
    if (from == "in_doubt")
        return to != "in_doubt";
    return from == "accepted" ? to == "delivered" || to == "undelivered"
                              : from == "undelivered" && to == "delivered";
}

// The lane tried least, without providers that were tried twice or may have reached the person.
std::optional<std::string> next_lane(
    const memory_delivery_store::delivery& of,
    std::string_view route
) {
    std::optional<std::string> best;
    std::size_t least = std::numeric_limits<std::size_t>::max();
    while (!route.empty()) {
        const auto lane = route.substr(0, route.find(','));
        route.remove_prefix(std::min(route.size(), lane.size() + 1));
        std::size_t tries = 0;
        std::size_t counted = 0;
        bool perhaps_texted = false;
        for (const auto& one : of.attempts) {
            if (one.provider != lane.substr(0, lane.find('/')))
                continue;
            ++tries;
            counted += one.counted ? 1 : 0;
            perhaps_texted |= one.state != "refused" && one.state != "not_sent";
        }
        if (counted >= 2 || perhaps_texted || tries >= least)
            continue;
        least = tries;
        best = std::string(lane);
    }
    return best;
}

bool has_attempts_left(const memory_delivery_store::delivery& of) {
    const auto counted = std::count_if(of.attempts.begin(), of.attempts.end(), [](const auto& one) {
        return one.counted;
    });
    return static_cast<std::size_t>(counted) < most_attempts;
}

bool is_late(const memory_delivery_store::delivery& of) {
    return until(of.ends) < least_life;
}

// Of one that was not texted, and will not be.
std::string end_for(std::string_view reason, const memory_delivery_store::delivery& of) {
    if (of.status == "sent")
        return "undelivered";
    return reason == "expired" ? "expired" : "failed";
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

store_error failed(const memory_delivery_store::failure& how) {
    return {how.why, "a failure that the test asked for"};
}

}  // namespace

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

asio::awaitable<store_result<std::vector<begin_answer>>> memory_delivery_store::begin(
    const std::string& owner,
    const std::vector<begin_request>& jobs
) {
    begun_.emplace_back();
    for (const auto& job : jobs)
        begun_.back().push_back(job.request_id);
    if (before)
        co_await before(call::begin);
    const auto fault = failure_of(call::begin);
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
    if (fault)
        co_return failed(*fault);
    co_return answers;
}

begin_answer memory_delivery_store::begin_one(const std::string& owner, const begin_request& job) {
    const auto known = deliveries_.find(job.request_id);
    if (known == deliveries_.end())
        return open(owner, job);
    auto& found = known->second;
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
    attempt one;
    one.provider = lane.substr(0, lane.find('/'));
    one.channel = lane.substr(lane.find('/') + 1);
    one.state = "started";
    one.owner = owner;
    one.lease_until = system_clock::now() + lease;
    to.provider = one.provider;
    to.channel = one.channel;
    to.attempts.push_back(std::move(one));
    to.sweep_at.reset();
    if (to.status != "sent")
        to.status = "sending";
    begin_answer answer = about(job.request_id, to);
    answer.verdict = begin_verdict::send;
    answer.lease = lease;
    return answer;
}

asio::awaitable<store_result<std::vector<finish_answer>>> memory_delivery_store::finish(
    const std::vector<finish_request>& ends
) {
    if (before)
        co_await before(call::finish);
    const auto fault = failure_of(call::finish);
    if (fault && !fault->lost_answer)
        co_return failed(*fault);
    for (const auto& end : ends)
        if (!is_utf8(end.error_code) || !is_utf8(end.provider_message_id))
            co_return store_error(store_error::kind::data, "an end of this batch cannot be stored");
    std::vector<finish_answer> answers;
    for (const auto& end : ends)
        answers.push_back(finish_one(end));
    if (fault)
        co_return failed(*fault);
    co_return answers;
}

finish_answer memory_delivery_store::finish_one(const finish_request& end) {
    finish_answer answer;
    answer.request_id = end.request_id;
    const auto found = deliveries_.find(end.request_id);
    const auto place = static_cast<std::size_t>(end.attempt) - 1;
    if (found == deliveries_.end() || place >= found->second.attempts.size() ||
        found->second.attempts[place].owner != end.owner) {
        answer.what = finish_answer::kind::lost;
        return answer;
    }
    auto& of = found->second;
    auto& one = of.attempts[place];
    if (moves(one.state, end.state)) {
        one.state = end.state;
        one.counted = one.counted && !end.uncounted;
        if (!end.provider_message_id.empty())
            one.provider_message_id = end.provider_message_id;
        if (!end.error_code.empty())
            one.error_code = end.error_code;
    }
    one.lease_until = system_clock::now();
    const bool same = one.state == end.state;
    const bool undecided = of.status == "sending" || (of.status == "sent" && of.receipt_retry == 1);
    if (!same)
        answer.what = finish_answer::kind::settled;
    if (same && undecided && !next_attempt(end, of, answer)) {
        if (end.state == "accepted") {
            of.job = of.receipt_retry == 0 ? end.job : "";
            of.receipt_retry = of.receipt_retry == 1 ? 2 : of.receipt_retry;
            of.status = "sent";
            of.reason.clear();
        } else if (!end.put_back && end.state != "in_doubt") {
            const bool out_of_time = !end.next_route.empty() && is_late(of);
            of.reason = !end.reason.empty() ? end.reason : out_of_time ? "expired" : end.error_code;
            of.status = end_for(of.reason, of);
        }
    }
    answer.status = of.status;
    answer.reason = of.reason;
    return answer;
}

// Opens it, or finds it opened by this very call made before.
bool memory_delivery_store::next_attempt(
    const finish_request& end,
    delivery& of,
    finish_answer& answer
) {
    const auto place = static_cast<std::size_t>(end.attempt);
    const bool is_last = place == of.attempts.size();
    if (is_last && (end.next_route.empty() || !has_attempts_left(of) || is_late(of)))
        return false;
    if (is_last) {
        const auto lane = next_lane(of, end.next_route);
        if (!lane)
            return false;
        attempt next;
        next.provider = lane->substr(0, lane->find('/'));
        next.channel = lane->substr(lane->find('/') + 1);
        next.state = "started";
        next.owner = end.owner;
        next.lease_until = system_clock::now() + lease;
        of.provider = next.provider;
        of.channel = next.channel;
        of.attempts.push_back(std::move(next));
    }
    const auto& next = of.attempts[place];
    if (next.owner != end.owner || next.state != "started")
        return true;
    answer.next_attempt = end.attempt + 1;
    answer.provider = next.provider;
    answer.channel = next.channel;
    answer.remaining = until(of.ends);
    answer.lease = until(next.lease_until);
    return true;
}

asio::awaitable<store_result<std::vector<uuid>>> memory_delivery_store::reject(
    const std::vector<reject_request>& jobs
) {
    if (before)
        co_await before(call::reject);
    const auto fault = failure_of(call::reject);
    if (fault)
        co_return failed(*fault);
    for (const auto& job : jobs)
        if (!is_utf8(job.user.value_or("")))
            co_return store_error(store_error::kind::data, "a refusal cannot be stored");
    std::vector<uuid> recorded;
    for (const auto& job : jobs) {
        const auto [at, is_new] = deliveries_.try_emplace(job.request_id);
        if (!is_new)
            continue;
        recorded.push_back(job.request_id);
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
    if (before)
        co_await before(call::expire);
    const auto fault = failure_of(call::expire);
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

asio::awaitable<store_result<std::vector<due_job>>> memory_delivery_store::sweep() {
    const auto fault = failure_of(call::sweep);
    if (fault)
        co_return failed(*fault);
    std::vector<due_job> due;
    for (auto& [id, one] : deliveries_) {
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

asio::awaitable<store_result<void>> memory_delivery_store::prepare_days() {
    co_return store_result<void>();
}

asio::awaitable<store_result<std::chrono::system_clock::time_point>> memory_delivery_store::now(
    milliseconds
) {
    co_return std::chrono::system_clock::now() + ahead;
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
