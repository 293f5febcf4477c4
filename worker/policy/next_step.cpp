#include "worker/policy/next_step.hpp"

#include "worker/policy/backoff.hpp"
#include "worker/policy/gate.hpp"

#include <algorithm>
#include <iterator>
#include <string_view>
#include <utility>

namespace otp {

namespace {

using std::chrono::milliseconds;

// Why nothing may be sent any more after `delay`; empty: something may.
std::string_view over(const send_progress& progress, milliseconds delay) {
    const bool is_timed = !progress.counted.empty();
    if (std::ssize(progress.counted) >= most_attempts ||
        (is_timed && progress.since_first + delay >= sending_time))
        return "attempts_spent";
    return progress.remaining - delay < least_life ? "expired" : "";
}

bool was_tried(const lane& one, const send_progress& progress) {
    return one == progress.used ||
           std::ranges::find(progress.counted, one) != progress.counted.end();
}

bool has_tries_left(const lane& one, const send_progress& progress) {
    return std::ranges::count(progress.counted, one.provider, &lane::provider) <
           most_attempts_per_provider;
}

bool is_allowed(const lane& one, const outcome& end, const lane& used) {
    if (one.by != used.by)
        return end.switch_channel;
    return one.provider == used.provider ? end.retry : end.fail_over;
}

// The lanes that `end` and the budget allow, those of the same channel first.
std::vector<lane> allowed_lanes(
    const outcome& end,
    const send_progress& progress,
    const std::vector<lane>& from
) {
    std::vector<lane> lanes;
    std::ranges::copy_if(from, std::back_inserter(lanes), [&](const lane& one) {
        return is_allowed(one, end, progress.used) && has_tries_left(one, progress);
    });
    std::stable_partition(lanes.begin(), lanes.end(), [&](const lane& one) {
        return one.by == progress.used.by;
    });
    return lanes;
}

next_step fail(std::string reason) {
    next_step step;
    step.reason = std::move(reason);
    return step;
}

next_step at_once(std::vector<lane> lanes) {
    next_step step;
    step.what = next_kind::send_at_once;
    step.lanes = std::move(lanes);
    return step;
}

// Only the lane just used is left: then its own Retry-After holds.
bool is_only(const lane& used, const std::vector<lane>& lanes) {
    return lanes.size() == 1 && lanes.front() == used;
}

next_step later(
    const outcome& end,
    const send_progress& progress,
    std::vector<lane> lanes,
    double fraction
) {
    const int attempt = std::max(1, static_cast<int>(progress.counted.size()));
    milliseconds wait = backoff(attempt, fraction);
    if (end.retry_after && is_only(progress.used, lanes))
        wait = std::max<milliseconds>(wait, std::min(*end.retry_after, longest_slow_down));
    const milliseconds queue = delay_queue_for(wait);
    if (const auto why = over(progress, std::max(wait, queue)); !why.empty())
        return fail(std::string(why));
    next_step step;
    step.what = next_kind::send_later;
    step.lanes = std::move(lanes);
    step.delay = queue;
    return step;
}

}  // namespace

bool is_counted(const outcome& end) noexcept {
    return end.why != fault::rate && end.why != fault::worker;
}

bool bars_channel(const outcome& end) noexcept {
    return end.end == attempt_end::refused && !end.fail_over;
}

next_step after_attempt(
    const outcome& end,
    const send_progress& progress,
    const route_result& route,
    double fraction
) {
    next_step step;
    if (end.end == attempt_end::accepted) {
        step.what = next_kind::await_receipt;
        return step;
    }
    if (end.end == attempt_end::in_doubt) {
        step.what = next_kind::reconcile;
        return step;
    }

    std::vector<lane> allowed = allowed_lanes(end, progress, route.lanes);
    if (allowed.empty())
        return fail(end.error_code);
    if (const auto why = over(progress, milliseconds::zero()); !why.empty())
        return fail(std::string(why));

    std::vector<lane> fresh = allowed_lanes(end, progress, route.candidates);
    std::erase_if(fresh, [&](const lane& one) { return was_tried(one, progress); });
    const bool has_others = allowed.size() > fresh.size();
    next_step pause = later(end, progress, std::move(allowed), fraction);
    if (fresh.empty())
        return pause;
    step = at_once(std::move(fresh));
    if (has_others)
        step.delay = pause.delay;
    return step;
}

next_step after_doubt(
    const outcome& end,
    const send_progress& progress,
    const route_result& route,
    double fraction
) {
    const auto others = [&](const std::vector<lane>& from) {
        std::vector<lane> lanes = allowed_lanes(end, progress, from);
        std::erase_if(lanes, [&](const lane& one) {
            return one.provider == progress.used.provider;
        });
        return lanes;
    };
    std::vector<lane> left = others(route.lanes);
    if (left.empty() || !over(progress, milliseconds::zero()).empty())
        return fail("in_doubt");
    std::vector<lane> ready = others(route.candidates);
    if (!ready.empty())
        return at_once(std::move(ready));
    return later(end, progress, std::move(left), fraction);
}

}  // namespace otp
