#include "worker/policy/breaker.hpp"

#include <algorithm>
#include <cstddef>

namespace otp {

namespace {

std::int64_t second_of(breaker::time_point now) noexcept {
    return std::chrono::duration_cast<std::chrono::seconds>(now.time_since_epoch()).count();
}

}  // namespace

call_end call_end_of(const outcome& end) noexcept {
    if (end.why == fault::account)
        return call_end::account;
    if (end.end == attempt_end::in_doubt)
        return call_end::failed;
    if (end.end == attempt_end::not_sent && end.why == fault::temporary)
        return call_end::failed;
    return call_end::answered;
}

std::chrono::milliseconds breaker::wait(time_point now) const noexcept {
    using std::chrono::milliseconds;
    if (!open_)
        return milliseconds::zero();
    if (probing_)
        return limits_.rest;
    return std::max(milliseconds::zero(), std::chrono::ceil<milliseconds>(probe_from_ - now));
}

breaker::call breaker::begin() noexcept {
    if (open_)
        probing_ = true;
    return {era_, open_};
}

void breaker::end(call one, call_end how, time_point now) noexcept {
    if (one.era != era_)
        return;
    if (one.probe) {
        if (how == call_end::answered)
            close();
        else
            open(now);
        return;
    }
    count(how, now);
    if (how == call_end::account || is_too_much(now))
        open(now);
}

void breaker::abandon(call one) noexcept {
    if (one.era == era_ && one.probe)
        probing_ = false;
}

void breaker::count(call_end how, time_point now) noexcept {
    const std::int64_t at = second_of(now);
    second& slot = window_[static_cast<std::size_t>(at) % window_.size()];
    if (slot.at != at)
        slot = {at, 0, 0};
    ++slot.calls;
    if (how == call_end::answered) {
        row_ = 0;
        return;
    }
    ++slot.failures;
    ++row_;
}

bool breaker::is_too_much(time_point now) const noexcept {
    if (row_ >= limits_.in_a_row)
        return true;
    const std::int64_t at = second_of(now);
    std::uint64_t calls = 0;
    std::uint64_t failures = 0;
    for (const second& slot : window_)
        if (slot.at >= 0 && slot.at > at - static_cast<std::int64_t>(window_.size())) {
            calls += slot.calls;
            failures += slot.failures;
        }
    return failures >= limits_.failures && failures * 100 >= calls * limits_.percent;
}

void breaker::open(time_point now) noexcept {
    ++era_;
    open_ = true;
    probing_ = false;
    probe_from_ = now + limits_.rest;
}

void breaker::close() noexcept {
    ++era_;
    open_ = false;
    probing_ = false;
    row_ = 0;
    window_ = {};
}

}  // namespace otp
