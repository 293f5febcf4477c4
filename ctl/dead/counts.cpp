#include "ctl/dead/counts.hpp"

#include "common/json/json_writer.hpp"
#include "ctl/dead/view.hpp"

#include <algorithm>

namespace otp {

void dead_counts::done(const dead_letter& letter) {
    ++by_reason_[letter.reason];
}

void dead_counts::skipped(const dead_letter& letter, std::string_view why) {
    skipped_.push_back({id_of(letter), letter.reason, std::string(why)});
}

std::string dead_counts::text(std::string_view verb) const {
    std::string reasons;
    std::size_t all = 0;
    for (const auto& [reason, count] : by_reason_) {
        reasons += "  " + std::to_string(count) + " " + reason + "\n";
        all += count;
    }
    std::string text = std::to_string(all) + " " + std::string(verb) + "\n" + reasons;
    if (!skipped_.empty())
        text += std::to_string(skipped_.size()) + " skipped\n";
    for (const auto& one : skipped_)
        text += "  " + one.id + "  " + one.reason + "  " + one.why + "\n";
    return text;
}

std::string dead_counts::json(std::string_view verb) const {
    std::size_t all = 0;
    for (const auto& [reason, count] : by_reason_)
        all += count;
    std::string name(verb);
    std::ranges::replace(name, ' ', '_');
    json_writer to;
    to.member(name, all).open_object("by_reason");
    for (const auto& [reason, count] : by_reason_)
        to.member(reason, count);
    to.close_object().open_array("skipped");
    for (const auto& one : skipped_)
        to.open_object()
            .member("id", one.id)
            .member("reason", one.reason)
            .member("why", one.why)
            .close_object();
    return to.close_array().take() + "\n";
}

}  // namespace otp
