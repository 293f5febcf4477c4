#include "common/core/kill_point.hpp"
#include "common/log/log.hpp"
#include "common/otp/code.hpp"
#include "worker/delivery/pipeline.hpp"

#include <algorithm>
#include <exception>
#include <utility>

namespace otp {

namespace asio = boost::asio;

namespace {

// No provider was called, and none is to blame.
outcome not_sent(std::string error_code, std::string detail) {
    outcome result;
    result.end = attempt_end::not_sent;
    result.error_code = std::move(error_code);
    result.detail = std::move(detail);
    return result;
}

outcome not_configured() {
    outcome result = not_sent("provider_not_configured", "this worker has no such provider");
    result.why = fault::config;
    result.fail_over = true;
    return result;
}

// Attempts that call nobody are rows all the same: no more than one in so long.
constexpr std::chrono::seconds longest_rest{8};

// This worker cannot send the job now, whatever the provider: back to the queue, and not counted.
outcome not_by_this_worker(std::string error_code, std::string detail) {
    outcome result = not_sent(std::move(error_code), std::move(detail));
    result.why = fault::worker;
    result.retry = true;
    return result;
}

// The line was chosen for what was tried before, not for its room.
outcome without_room(std::chrono::milliseconds wait) {
    outcome result = not_sent("no_room", "the provider rests, or has calls enough");
    result.why = fault::rate;
    result.retry = true;
    const auto seconds = std::chrono::ceil<std::chrono::seconds>(wait);
    result.retry_after = std::min(seconds, longest_rest);
    return result;
}

// No provider helps: another worker may have the key.
outcome without_key(const flight& job) {
    log::error("code_key_unknown")
        .with("key_id", job.code_key_id)
        .with("request_id", to_string(job.job.request_id));
    outcome result =
        not_by_this_worker("unknown_code_key", "OTP_CODE_KEYS lacks the key id " + job.code_key_id);
    result.fail_over = false;
    result.retry_after = longest_rest;
    return result;
}

outcome cut_short() {
    return not_by_this_worker("worker_stopping", "the worker stopped before it was sent");
}

// A text, and what it costs where the provider does not say.
struct composed {
    message what;
    int segments;
};

composed compose(
    flight& job,
    secret code,
    std::chrono::seconds life,
    const pipeline_settings& with
) {
    auto words = render(*job.words, {code.reveal(), life, with.app_name, job.job.variables});
    message what{
        .request_id = job.job.request_id,
        .attempt = job.attempt,
        .to = job.job.to,
        .text = std::move(words.text),
        .code = std::move(code),
        .parameters = std::move(words.whatsapp),
        .needs_unicode = words.unicode,
        .validity = life,
        .callback_url =
            callback_url_of(with.callback_url, job.provider, job.job.request_id, job.attempt),
        .locale = job.job.locale,
        .write_before = job.write_before,
    };
    return {std::move(what), words.segments};
}

}  // namespace

void pipeline::start_send(flight_ptr job) {
    if (cut_) {
        job->last = cut_short();
        to_finish_.push(std::move(job));
        return;
    }
    sends_.spawn([this, job = std::move(job)]() mutable { return watched(attempt(std::move(job))); }
    );
}

asio::awaitable<void> pipeline::attempt(flight_ptr job) {
    outcome ended = co_await await_end(send(*job), cut_short());
    job->last = std::move(ended);
    job->held.abandon();  // where no call gave it back
    if (is_counted(job->last))
        count_attempt(*job);
    with_.counts.sent(job->provider, job->channel, job->job.to.region(), job->last);
    tell_trouble(*job);
    log::debug("attempt_ended")
        .with("request_id", to_string(job->job.request_id))
        .with("attempt", job->attempt)
        .with("provider", job->provider)
        .with("channel", job->channel)
        .with("end", to_string(job->last.end))
        .with("error_code", job->last.error_code)
        .with("traceparent", job->traceparent.value_or(""));
    to_finish_.push(std::move(job));
}

// What asking a provider comes to. `if_cut` where the drain cuts it, of which the client throws
// only where no byte was written.
asio::awaitable<outcome> pipeline::await_end(asio::awaitable<outcome> asking, outcome if_cut) {
    try {
        co_return co_await std::move(asking);
    } catch (...) {
        if (!is_abort(std::current_exception()))
            throw;
        co_return if_cut;
    }
}

// A send that throws is a bug and ends the process, by watch_sends(); unseen, it would keep its
// place for ever.
asio::awaitable<void> pipeline::watched(asio::awaitable<void> sending) {
    try {
        co_await std::move(sending);
    } catch (...) {
        if (is_abort(std::current_exception()))
            throw;  // cut before it began
        send_failure_ = std::current_exception();
        room_.notify();
    }
}

asio::awaitable<void> pipeline::watch_sends() {
    while (!to_settle_.closed()) {
        if (send_failure_)
            std::rethrow_exception(send_failure_);
        co_await room_.wait();
    }
}

void pipeline::tell_trouble(const flight& job) {
    if (!trouble_.is_due(lane_of(job), job.last, std::chrono::steady_clock::now()))
        return;
    log::warning("provider_trouble")
        .with("provider", job.provider)
        .with("channel", job.channel)
        .with("error_code", job.last.error_code)
        .with("detail", job.last.detail)
        .with("request_id", to_string(job.job.request_id))
        .with("traceparent", job.traceparent.value_or(""));
}

// The code that this attempt carries: our own where this request opened the generation, else
// derived from what was stored then. Empty where its key is not known here.
secret pipeline::code_for(flight& job) const {
    if (job.seed == job.job.request_id && job.code_key_id == job.own_code_key &&
        job.code_length == job.job.code_length && !job.own_code.empty())
        return std::move(job.own_code);
    job.own_code.wipe();
    const key* code_key = with_.code_keys.find(job.code_key_id);
    if (code_key == nullptr)
        return {};
    const code_subject subject{job.job.tenant, job.job.to.e164(), job.job.purpose};
    return derive_code(*code_key, job.seed, subject, job.code_length);
}

asio::awaitable<outcome> pipeline::send(flight& job) {
    if (cut_)
        co_return cut_short();
    const auto line = with_.lines.find(job.provider, job.channel);
    if (line == nullptr)
        co_return not_configured();
    if (boot_clock::now() >= job.write_before)
        co_return not_by_this_worker("lease_over", "the database was away until it was too late");
    if (job.held.line() != line) {
        const auto wait = line->entrance.wait(std::chrono::steady_clock::now());
        if (wait.count() != 0)
            co_return without_room(wait);
        job.held = place(line);
    }
    secret code = code_for(job);
    if (code.empty())
        co_return without_key(job);
    const auto now = std::chrono::steady_clock::now();
    const auto life = std::chrono::duration_cast<std::chrono::seconds>(job.code_dies - now);
    if (life < least_life)
        co_return not_sent("expired", "less than 30 s of the code's life are left");

    const composed text = compose(job, std::move(code), life, settings_);
    outcome ended = co_await post(*line, text.what, std::min(now + call_limit, job.code_dies));
    job.held.end(ended);
    if (ended.end == attempt_end::accepted && !ended.segments && line->what.by == channel::sms)
        ended.segments = text.segments;
    co_return ended;
}

// What has to be done at the provider before the text may bar it.
asio::awaitable<outcome> pipeline::post(provider_line& line, const message& what, deadline at) {
    if (const auto preparation = line.codec->build_preparation(what)) {
        const http::call_result result = co_await call(line, *preparation, at);
        if (auto barred = line.codec->read_preparation(result))
            co_return std::move(*barred);
    }
    const http::request request = line.codec->build(what);
    kill_point("before_request");
    const http::call_result result = co_await call(line, request, at);
    kill_point("after_answer");
    co_return line.codec->classify(result);
}

asio::awaitable<http::call_result> pipeline::call(
    provider_line& line,
    const http::request& request,
    deadline at
) {
    const auto since = std::chrono::steady_clock::now();
    http::call_result result = co_await line.client->call(request, at);
    with_.counts.called(line.what, std::chrono::steady_clock::now() - since);
    co_return result;
}

}  // namespace otp
