#include "verify/send/sender.hpp"

#include "common/core/kill_point.hpp"
#include "common/job/job_message.hpp"
#include "common/log/log.hpp"
#include "verify/store_fault.hpp"
#include "verify/store_limit.hpp"

namespace otp {

namespace asio = boost::asio;

namespace {

constexpr std::chrono::seconds confirm_limit{5};
constexpr std::chrono::seconds mark_limit{2};

deadline after(std::chrono::seconds span) {
    return std::chrono::steady_clock::now() + span;
}

problem not_confirmed(const uuid& request_id) {
    problem why(
        503,
        "broker_unavailable",
        "the message broker did not take the send; it is stored and will be sent when"
        " the broker is back; repeat it with its request_id as Idempotency-Key to learn of it"
    );
    why.retry_after = std::chrono::seconds(5);
    why.request_id = request_id;
    return why;
}

}  // namespace

problem problem_of(const stored_send& stored, const uuid& request_id) {
    const auto& rule = stored.reason;
    problem why;
    // A repeat of what was refused for a while that is over: this id stays refused.
    const bool waiting_helps = stored.retry_after.has_value();
    if (waiting_helps && rule == "resend_too_soon")
        why = {429, "resend_too_soon", "a text was sent a moment ago"};
    else if (waiting_helps && (rule.starts_with("limit_") || rule.starts_with("abuse_")))
        why = {429, "rate_limited", "too many texts were asked for"};
    else if (rule == "country_not_allowed")
        why = {403, "country_not_allowed", "numbers of this country are not texted"};
    else if (rule == "number_type_not_allowed")
        why = {403, "number_type_not_allowed", "numbers of this kind are not texted"};
    else if (rule == "request_id_conflict")
        why = {
            409,
            "request_id_conflict",
            "this request_id was used with another tenant, number or purpose"};
    else
        why = {409, rule, "a request with this request_id was refused before: " + rule};
    if (why.code == "rate_limited" || why.status == 403)
        why.rule = rule;
    if (why.status == 429)
        why.retry_after = whole_seconds(*stored.retry_after);
    why.request_id = request_id;
    return why;
}

asio::awaitable<or_problem<stored_send>> sender::accept(
    send_job job,
    const std::optional<std::string>& traceparent,
    std::optional<uuid> resend_of
) {
    job.requested_at = clock_.now();
    policy_.leave_out_sms(job);
    auto message = write_job(job);
    auto judged = co_await judge(job);
    send_terms terms;
    terms.ladder = ladder_;
    terms.bounds = bounds_of(policy_.rules());
    terms.bar = judged.forbidden.empty() ? judged.bar : judged.forbidden;
    terms.watched = judged.observed;
    terms.resend_of = resend_of;
    auto stored = co_await store_.accept_send(job, message, traceparent, terms, store_deadline());
    kill_point("send_stored");
    if (!stored || !stored->charged)  // who was known before has paid
        policy_.give_back(job, judged);
    if (!stored) {
        auto why = store_fault("accept_send", stored.error());
        why.request_id = job.request_id;
        co_return why;
    }
    if (!stored->retry_after && !judged.bar.empty() && stored->reason == judged.bar)
        stored->retry_after = judged.retry_after;
    count(*stored);
    if (stored->what == stored_send::verdict::refused)
        co_return problem_of(*stored, job.request_id);
    // A repeat that no worker has begun may not have reached the broker; twice does no harm, where
    // both are the message that was stored.
    if (stored->message)
        message = std::move(*stored->message);
    bool is_queued = true;
    if (stored->status == "queued")
        is_queued = co_await publish(job, std::move(message), traceparent);
    if (!is_queued)
        co_return not_confirmed(job.request_id);
    if (!stored->channel)
        stored->channel = default_channel_;
    co_return std::move(*stored);
}

asio::awaitable<judgement> sender::judge(const send_job& job) {
    auto of = policy_.judge(job, parse_channel(default_channel_));
    if (policy_.has_rates() && of.forbidden.empty())
        co_await policy_.take_rates(job, of);
    co_return of;
}

void sender::count(const stored_send& stored) {
    if (stored.what == stored_send::verdict::refused)
        counts_.refused(stored.reason);
    for (const auto rule : broken_rules(stored.observed))
        counts_.would_refuse(rule);
}

asio::awaitable<bool> sender::publish(
    const send_job& job,
    std::string message,
    const std::optional<std::string>& traceparent
) {
    auto envelope = job_message(job.request_id, std::move(message), traceparent, job.requested_at);
    const auto result = co_await broker_.publish(std::move(envelope), after(confirm_limit));
    kill_point("send_published");
    if (result != amqp::publish_result::confirmed) {
        log::warning("send_not_confirmed")
            .with("result", to_string(result))
            .with("request_id", to_string(job.request_id))
            .with("traceparent", traceparent.value_or(""));
        co_return false;
    }
    const auto marked = co_await store_.mark_published(job.request_id, after(mark_limit));
    kill_point("send_marked");
    if (!marked)  // the sweep publishes it once more, which changes nothing
        log::warning("database_unavailable")
            .with("during", "mark_published")
            .with("error", marked.error().text());
    co_return true;
}

}  // namespace otp
