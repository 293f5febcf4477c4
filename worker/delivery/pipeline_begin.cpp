#include "common/core/kill_point.hpp"
#include "common/core/random.hpp"
#include "common/otp/code.hpp"
#include "worker/delivery/by_request.hpp"
#include "worker/delivery/pipeline.hpp"
#include "worker/delivery/store_patience.hpp"

#include <algorithm>
#include <utility>

namespace otp {

namespace asio = boost::asio;

namespace {

// Beyond some 50 rows a larger batch gains nothing more.
constexpr std::size_t most_begun_at_once = 256;

static_assert(call_limit < attempt_lease, "no attempt could ever be written");

// Those without room too: a job that only they may still take has not failed, it waits.
std::vector<lane> with_room_first(const route_result& route) {
    std::vector<lane> all = route.candidates;
    for (const lane& one : route.lanes)
        if (std::find(all.begin(), all.end(), one) == all.end())
            all.push_back(one);
    return all;
}

void take_from(const begin_answer& answer, flight& job) {
    job.verification_id = answer.verification_id;
    job.attempt = answer.attempt;
    job.provider = answer.provider;
    job.channel = answer.channel;
    // The generation of the code may be an earlier job's.
    job.seed = answer.seed;
    job.code_key_id = answer.code_key_id;
    job.code_length = answer.code_length;
}

}  // namespace

asio::awaitable<void> pipeline::begin_loop() {
    for (;;) {
        std::vector<flight_ptr> batch = co_await next_to_begin();
        if (batch.empty() && to_begin_.closed())
            co_return;
        in_flight_ += batch.size();
        co_await judge(batch);
        std::vector<flight_ptr> routed;
        std::vector<flight_ptr> barred;
        for (auto& job : batch) {
            job->in_flight = true;
            job->route = with_.lines.route_for(job->job.channels, job->job.to.region());
            count_passed_over(*job);
            job->barred = job->unwritten.empty() ? job->judged.forbidden : job->unwritten;
            if (job->barred.empty() && !job->route.has_provider())
                job->barred = "no_provider_for_channel";
            if (!job->barred.empty()) {
                with_.policy.give_back(job->job, job->judged);
                barred.push_back(std::move(job));
            } else if (job->route.has_room()) {
                job->held = place(with_.lines.find(job->route.candidates.front()));
                routed.push_back(std::move(job));
            } else if (job->is_late()) {
                job->route.candidates = job->route.lanes;  // begin ends it, whoever has room
                routed.push_back(std::move(job));
            } else {
                with_.policy.give_back(job->job, job->judged);
                const auto wait = job->route.wait;
                put_back(std::move(job), wait, put_back_reason::no_room);
            }
        }
        if (!routed.empty())
            co_await begin_batch(std::move(routed));
        if (!barred.empty())
            co_await refuse(std::move(barred));
    }
}

// The lanes without room before the one that takes the job.
void pipeline::count_passed_over(const flight& job) {
    if (job.route.candidates.size() == job.route.lanes.size())
        return;
    const auto now = std::chrono::steady_clock::now();
    for (const lane& one : job.route.lanes) {
        const auto why = with_.lines.find(one)->entrance.what_holds(now);
        if (why == held_by::nothing)
            return;
        with_.counts.passed_over(one, why);
    }
}

// Those that came too late for a text while they waited are not begun.
asio::awaitable<std::vector<flight_ptr>> pipeline::next_to_begin() {
    while (in_flight_ >= settings_.concurrency && !to_begin_.closed())
        co_await room_.wait();
    const auto room = settings_.concurrency - std::min(settings_.concurrency, in_flight_);
    std::vector<flight_ptr> batch =
        co_await to_begin_.take(std::clamp<std::size_t>(room, 1, most_begun_at_once));
    std::erase_if(batch, [this](flight_ptr& job) {
        const bool is_late = job->is_late() && !job->left_to_begin && !to_expire_.closed();
        if (is_late)
            to_expire_.push(std::move(job));
        return is_late;
    });
    co_return batch;
}

begin_request pipeline::prepare(flight& job) {
    const code_subject subject{job.job.tenant, job.job.to.e164(), job.job.purpose};
    const key& code_key = with_.code_keys.newest();
    const key& hash_key = with_.hash_keys.newest();
    job.own_code = derive_code(code_key, job.job.request_id, subject, job.job.code_length);
    job.own_code_key = code_key.id;

    begin_request request;
    request.request_id = job.job.request_id;
    request.tenant = job.job.tenant;
    request.number = job.job.to.e164();
    request.purpose = job.job.purpose;
    request.user = job.job.user;
    request.client_ip = job.job.client_ip;
    if (job.barred.empty())
        request.channel = to_string(job.route.candidates.front().by);
    request.template_name = job.job.template_name;
    request.locale = job.words->locale;
    request.route = to_string(with_room_first(job.route));
    request.requested_at = job.job.requested_at;
    request.ttl = job.job.ttl;
    request.traceparent = job.traceparent;
    request.country = job.job.to.region();
    request.bar = job.judged.bar;
    request.watched = job.judged.observed;
    request.verification_id = new_uuid();
    request.code_key_id = code_key.id;
    request.hash_key_id = hash_key.id;
    request.tag = tag_code(hash_key, subject, job.own_code.reveal());
    request.code_length = job.job.code_length;
    return request;
}

asio::awaitable<void> pipeline::begin_batch(std::vector<flight_ptr> batch) {
    // A batch repeated after a lost connection carries the same owner and gets the same answers.
    const std::string owner = settings_.process + "/" + std::to_string(++batches_begun_);
    std::vector<begin_request> requests;
    requests.reserve(batch.size());
    for (auto& job : batch) {
        job->owner = owner;
        requests.push_back(prepare(*job));
    }
    boot_clock::time_point asked_at;
    auto ask = [&]() -> asio::awaitable<store_result<std::vector<begin_answer>>> {
        asked_at = boot_clock::now();
        return with_.store.begin(owner, requests);
    };
    kill_point("before_begin");
    auto answers = co_await ask_patiently("begin", ask, unanswered_);
    kill_point("after_begin");
    with_.counts.batch("begin", requests.size());
    with_.counts.asked_store("begin", boot_clock::now() - asked_at);
    if (!answers && batch.size() == 1) {
        bury(std::move(batch.front()), "not_storable", answers.error().text);
        co_return;
    }
    if (!answers) {
        for (auto& job : batch) {
            std::vector<flight_ptr> alone;
            alone.push_back(std::move(job));
            co_await begin_batch(std::move(alone));
        }
        co_return;
    }
    const auto answer_of = by_request(*answers);
    for (auto& job : batch) {
        const auto& answer = *answer_of.at(job->job.request_id);
        pay(*job, answer);
        act_on_verdict(std::move(job), answer, asked_at);
    }
}

void pipeline::act_on_verdict(
    flight_ptr job,
    const begin_answer& answer,
    boot_clock::time_point asked_at
) {
    take_from(answer, *job);
    with_.counts.begun(answer.verdict, answer.reason);
    switch (answer.verdict) {
    case begin_verdict::send:
        if (answer.attempt == 1)
            with_.counts.waited(boot_clock::now() - (job->job_dies - job->job.ttl));
        grant(*job, asked_at, answer.lease, answer.remaining);
        start_send(std::move(job));
        break;
    case begin_verdict::finished:
        end(std::move(job), answer.status, answer.reason);
        break;
    case begin_verdict::leased:
        put_back(std::move(job), answer.retry_after, put_back_reason::leased);
        break;
    case begin_verdict::in_doubt:
        job->doubtful_since = answer.started_at;
        grant(*job, asked_at, answer.lease, answer.remaining);
        reconcile(std::move(job));
        break;
    case begin_verdict::refused:
        if (answer.reason == "request_id_conflict")
            bury(
                std::move(job),
                answer.reason,
                "request_id is known with another tenant, number or purpose"
            );
        else
            end(std::move(job), answer.status, answer.reason);
        break;
    }
}

void pipeline::grant(
    flight& job,
    boot_clock::time_point asked_at,
    std::chrono::milliseconds lease,
    std::chrono::milliseconds remaining
) {
    // Counted from before the question: the database's lease began later, so ours ends first.
    job.write_before = asked_at + lease - call_limit;
    const auto since = boot_clock::now() - asked_at;
    job.attempt_began = std::chrono::steady_clock::now();
    job.code_dies = job.attempt_began +
                    std::chrono::duration_cast<std::chrono::milliseconds>(remaining - since);
}

}  // namespace otp
