#include "common/log/log.hpp"
#include "worker/delivery/pipeline.hpp"

#include <utility>

namespace otp {

namespace asio = boost::asio;

namespace {

// A provider that does not say within this time is one that does not tell: the policy decides.
constexpr std::chrono::seconds look_up_limit{4};

// By how much the provider's clock may be behind the database's. An earlier request's text may
// carry this very code: it is half a minute older at least, by the least pause between two.
constexpr std::chrono::seconds clocks_apart{10};

// What is known of an attempt that somebody else left: nothing, so that anything may follow by
// another provider. Its own error code stays as it was stored.
outcome doubt_of_another() {
    outcome doubt;
    doubt.end = attempt_end::in_doubt;
    doubt.why = fault::doubt;
    doubt.retry = true;
    doubt.fail_over = true;
    doubt.switch_channel = true;
    return doubt;
}

}  // namespace

// The job comes here once it has been away for some seconds, in which a receipt did not settle the
// doubt. This process holds the attempt's lease.
void pipeline::reconcile(flight_ptr job) {
    job->held.abandon();  // which line goes on, if any does, is decided once that is settled
    job->last = doubt_of_another();
    job->doubt_met_at_begin = true;
    count_attempt(*job);
    if (cut_) {
        to_finish_.push(std::move(job));
        return;
    }
    sends_.spawn([this, job = std::move(job)]() mutable { return watched(look_up(std::move(job))); }
    );
}

// The provider named a message that another attempt to the number made, which tells nothing of this
// one: what follows is what follows where it names none.
void pipeline::stay_in_doubt(flight_ptr job) {
    job->last = doubt_of_another();
    to_finish_.push(std::move(job));
}

asio::awaitable<void> pipeline::look_up(flight_ptr job) {
    outcome known = co_await await_end(ask_provider(*job), job->last);
    job->last = std::move(known);
    to_finish_.push(std::move(job));
}

// The doubt itself where the provider does not tell.
asio::awaitable<outcome> pipeline::ask_provider(flight& job) {
    const auto line = with_.lines.find(job.provider, job.channel);
    if (line == nullptr)
        co_return job.last;
    secret code = code_for(job);
    if (code.empty())
        co_return job.last;  // of a key that this worker lacks: the send that follows says so
    const doubtful doubt{job.job.to, std::move(code), job.doubtful_since - clocks_apart};
    const auto request = line->codec->build_look_up(doubt);
    if (!request)
        co_return job.last;
    const http::call_result result =
        co_await line->client->call(*request, std::chrono::steady_clock::now() + look_up_limit);
    auto found = line->codec->read_look_up(result, doubt);
    with_.counts.looked_up(
        job.provider,
        job.channel,
        !result ? "no_answer"
        : found ? "found"
                : "not_found"
    );
    log::debug("doubt_looked_up")
        .with("request_id", to_string(job.job.request_id))
        .with("attempt", job.attempt)
        .with("provider", job.provider)
        .with("end", to_string(found ? found->end : attempt_end::in_doubt))
        .with("traceparent", job.traceparent.value_or(""));
    co_return found ? std::move(*found) : job.last;
}

}  // namespace otp
