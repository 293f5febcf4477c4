#include "common/log/repeat_limit.hpp"

#include <algorithm>

namespace otp::log {

bool repeat_limit::admits(std::string_view event, time_point now) {
    auto found = events_.find(event);
    if (found == events_.end())
        found = events_.emplace(event, seen{now}).first;
    seen& of = found->second;
    if (now - of.since >= span && of.lines <= most)
        of = {now};
    ++of.lines;
    if (of.lines > most)
        due_ = std::min(due_, of.since + span);
    return of.lines <= most;
}

std::vector<repeat_limit::left_out> repeat_limit::take_left_out(time_point now) {
    std::vector<left_out> told;
    if (now < due_)
        return told;
    due_ = time_point::max();
    for (auto& [event, of] : events_) {
        if (of.lines <= most)
            continue;
        if (now - of.since >= span) {
            told.push_back({event, of.lines - most});
            of = {now};
        } else {
            due_ = std::min(due_, of.since + span);
        }
    }
    return told;
}

}  // namespace otp::log
