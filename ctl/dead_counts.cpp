#include "ctl/dead_counts.hpp"

#include "ctl/dead_view.hpp"

namespace otp {

void dead_counts::done(const dead_letter& letter) {
    ++by_reason_[letter.reason];
}

void dead_counts::skipped(const dead_letter& letter, std::string_view why) {
    skipped_.push_back(
        "  " + id_of(letter) + "  " + letter.reason + "  " + std::string(why) + "\n"
    );
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
        text += one;
    return text;
}

}  // namespace otp
