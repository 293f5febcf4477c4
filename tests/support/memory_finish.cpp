// memory_delivery_store: finish, as migrations/0006_finish_sends.sql.
#include "common/core/utf8.hpp"
#include "tests/support/memory_delivery_rules.hpp"

#include <algorithm>
#include <utility>

namespace otp::test {

namespace asio = boost::asio;

namespace {

// What becomes of a delivery that no attempt follows.
void decide(const finish_request& end, memory_delivery_store::delivery& of) {
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

}  // namespace

asio::awaitable<store_result<std::vector<finish_answer>>> memory_delivery_store::finish(
    const std::vector<finish_request>& ends
) {
    finished_.emplace_back();
    for (const auto& end : ends)
        finished_.back().push_back(end.request_id);
    const auto fault = co_await announce(call::finish);
    if (fault && !fault->lost_answer)
        co_return failed(*fault);
    for (const auto& end : ends)
        if (!is_utf8(end.error_code) || !is_utf8(end.provider_message_id))
            co_return store_error(store_error::kind::data, "an end of this batch cannot be stored");
    std::vector<finish_answer> answers;
    for (const auto& end : ends)
        answers.push_back(finish_one(end));
    std::stable_partition(answers.begin(), answers.end(), [](const finish_answer& one) {
        return one.what != finish_answer::kind::lost;  // they come last, as in the database
    });
    if (after)
        co_await after(call::finish);
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
    one.lease_until = system_clock::now();
    if (end.looked_up && is_of_another(end.provider_message_id, of, one)) {
        answer.what = finish_answer::kind::not_ours;
        answer.status = of.status;
        return answer;
    }
    if (moves(one.state, end.state)) {
        one.state = end.state;
        one.counted = one.counted && !end.uncounted;
        one.bars_channel = end.bars_channel;
        if (!end.provider_message_id.empty())
            one.provider_message_id = end.provider_message_id;
        if (!end.error_code.empty())
            one.error_code = end.error_code;
    }
    const bool same = one.state == end.state;
    const bool undecided = of.status == "sending" || (of.status == "sent" && of.receipt_retry == 1);
    if (!same)
        answer.what = finish_answer::kind::settled;
    if (same && undecided && !next_attempt(end, of, answer))
        decide(end, of);
    answer.status = of.status;
    answer.reason = of.reason;
    return answer;
}

bool memory_delivery_store::is_of_another(
    const std::string& message_id,
    const delivery& of,
    const attempt& one
) const {
    if (one.state != "in_doubt" || message_id.empty())
        return false;
    for (const auto& [id, other] : deliveries_) {
        if (other.number != of.number)
            continue;
        for (const auto& its : other.attempts)
            if (&its != &one && its.provider == one.provider &&
                (its.provider_message_id == message_id ||
                 (is_open(its) && its.started_at >= one.started_at)))
                return true;
    }
    return false;
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
        open_attempt(of, *lane, end.owner);
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

}  // namespace otp::test
