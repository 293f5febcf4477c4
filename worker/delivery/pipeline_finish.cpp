#include "common/core/kill_point.hpp"
#include "common/core/random.hpp"
#include "common/log/log.hpp"
#include "worker/delivery/by_request.hpp"
#include "worker/delivery/pipeline.hpp"
#include "worker/delivery/store_patience.hpp"

#include <algorithm>
#include <unordered_set>
#include <utility>

namespace otp {

namespace asio = boost::asio;

namespace {

constexpr std::size_t most_finished_at_once = 256;

// How long a doubt is left to a receipt before it is looked at again.
constexpr std::chrono::milliseconds doubt_delay{8000};

put_back_reason why_put_back(const finish_answer& answer, const outcome& last) {
    if (answer.what == finish_answer::kind::lost)
        return put_back_reason::leased;
    if (last.end == attempt_end::in_doubt)
        return put_back_reason::in_doubt;
    return last.why == fault::rate ? put_back_reason::no_room : put_back_reason::retry;
}

// By what earlier attempts of this process met.
void drop_refused(std::vector<lane>& from, const flight& job) {
    std::erase_if(from, [&](const lane& one) {
        return std::ranges::find(job.refused_by, one) != job.refused_by.end() ||
               std::ranges::find(job.barred_by, one.by, &lane::by) != job.barred_by.end();
    });
}

}  // namespace

asio::awaitable<void> pipeline::finish_loop() {
    for (;;) {
        std::vector<flight_ptr> batch = co_await to_finish_.take(most_finished_at_once);
        if (batch.empty())
            co_return;
        set_twins_aside(batch);
        // In the order of the request ids, so that two processes meeting over one row wait, not
        // deadlock.
        std::sort(batch.begin(), batch.end(), [](const auto& a, const auto& b) {
            return a->job.request_id < b->job.request_id;
        });
        co_await finish_batch(std::move(batch));
    }
}

// A flight whose lease ended while its end waited here, and the one that took its attempt over, are
// of one request: each is to get the answer of its own owner, so the later one waits for the next
// call.
void pipeline::set_twins_aside(std::vector<flight_ptr>& batch) {
    std::unordered_set<uuid> requests;
    std::erase_if(batch, [&](flight_ptr& job) {
        const bool is_twin = !requests.insert(job->job.request_id).second;
        if (is_twin)
            to_finish_.push(std::move(job));
        return is_twin;
    });
}

next_step pipeline::step_after(const flight& job) const {
    const auto now = std::chrono::steady_clock::now();
    send_progress progress;
    progress.used = lane_of(job);
    progress.counted = job.counted;
    if (!job.counted.empty())
        progress.since_first =
            std::chrono::duration_cast<std::chrono::milliseconds>(now - job.first_counted_began);
    progress.remaining = std::chrono::duration_cast<std::chrono::milliseconds>(job.code_dies - now);
    route_result route = with_.lines.route_for(job.job.channels, job.job.to.region());
    if (!job.barred.empty())
        route = {};
    drop_refused(route.lanes, job);
    drop_refused(route.candidates, job);
    if (job.doubt_met_at_begin && job.last.end == attempt_end::in_doubt)
        return after_doubt(job.last, progress, route, random_fraction());
    return after_attempt(job.last, progress, route, random_fraction());
}

// What is to be recorded, and what follows where the rules in the database allow it.
finish_request pipeline::end_of(const flight& job, const next_step& step) {
    finish_request end;
    end.owner = job.owner;
    end.request_id = job.job.request_id;
    end.attempt = job.attempt;
    end.state = to_string(job.last.end);
    end.provider_message_id = job.last.provider_message_id;
    if (job.last.http_status)
        end.http_status = static_cast<int>(*job.last.http_status);
    end.error_code = job.last.error_code;
    end.segments = job.last.segments;
    const bool in_doubt = job.last.end == attempt_end::in_doubt;
    if (step.what == next_kind::send_at_once && !(in_doubt && settings_.hold_doubts))
        end.next_route = to_string(step.lanes);
    end.put_back = in_doubt || step.delay.count() != 0;
    end.reason = step.reason;
    end.uncounted = !is_counted(job.last);
    end.bars_channel = bars_channel(job.last);
    end.looked_up = job.doubt_met_at_begin && !in_doubt;
    // A failed receipt may ask for another provider, and a resend over HTTP for the same variables.
    const bool taken = job.last.end == attempt_end::accepted || in_doubt;
    if ((taken && !settings_.callback_url.empty()) || !job.job.variables.empty())
        end.job = job.received.body;
    const auto line = with_.lines.find(job.provider, job.channel);
    // A line that a reload took away meanwhile cannot be asked.
    end.index_message_id = line == nullptr || line->codec->receipts_need_message_id();
    return end;
}

asio::awaitable<void> pipeline::finish_batch(std::vector<flight_ptr> batch) {
    std::vector<finish_request> ends;
    std::vector<next_step> steps;
    for (const auto& job : batch) {
        steps.push_back(step_after(*job));
        ends.push_back(end_of(*job, steps.back()));
    }
    boot_clock::time_point asked_at;
    auto ask = [&]() {
        asked_at = boot_clock::now();
        return with_.store.finish(ends);
    };
    kill_point("before_finish");
    auto answers = co_await ask_patiently("finish", ask, unanswered_);
    kill_point("after_finish");
    with_.counts.batch("finish", ends.size());
    with_.counts.asked_store("finish", boot_clock::now() - asked_at);
    if (!answers) {
        if (batch.size() == 1) {
            log::error("end_not_storable")
                .with("request_id", to_string(batch.front()->job.request_id))
                .with("attempt", batch.front()->attempt)
                .with("traceparent", batch.front()->traceparent.value_or(""))
                .with("error", answers.error().text);
            bury(std::move(batch.front()), "not_storable", answers.error().text);
            co_return;
        }
        for (auto& job : batch) {
            std::vector<flight_ptr> alone;
            alone.push_back(std::move(job));
            co_await finish_batch(std::move(alone));
        }
        co_return;
    }
    const auto answer_of = by_request(*answers);
    for (std::size_t i = 0; i < batch.size(); ++i) {
        const auto& answer = *answer_of.at(batch[i]->job.request_id);
        follow(std::move(batch[i]), answer, asked_at, ends[i], steps[i]);
    }
}

void pipeline::follow(
    flight_ptr job,
    const finish_answer& answer,
    boot_clock::time_point asked_at,
    const finish_request& asked,
    const next_step& step
) {
    // One that answers a failed receipt stays `sent` until that is settled.
    const bool is_open =
        answer.status == "sending" ||
        (answer.status == "sent" && asked.put_back && answer.what == finish_answer::kind::recorded);
    if (answer.what == finish_answer::kind::not_ours) {
        stay_in_doubt(std::move(job));
    } else if (answer.next_attempt) {
        remember_refusal(*job);
        job->doubt_met_at_begin = false;
        job->attempt = *answer.next_attempt;
        job->provider = answer.provider;
        job->channel = answer.channel;
        grant(*job, asked_at, answer.lease, answer.remaining);
        start_send(std::move(job));
    } else if (answer.what == finish_answer::kind::lost || is_open) {
        const auto why = why_put_back(answer, job->last);
        put_back(std::move(job), step.delay.count() != 0 ? step.delay : doubt_delay, why);
    } else {
        end(std::move(job), answer.status, answer.reason);
    }
}

}  // namespace otp
