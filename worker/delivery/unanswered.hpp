#pragma once

#include <chrono>
#include <list>

namespace otp {

// What the jobs have asked the store and it has not answered yet, however often it was asked
// meanwhile. A value: time is an argument.
class unanswered {
public:
    using time_point = std::chrono::steady_clock::time_point;
    static constexpr std::chrono::seconds limit{5};

    // One of them, from its making to its end; not to outlive the whole.
    class question {
    public:
        question(unanswered& among, time_point now)
            : among_(among),
              place_(among.since_.insert(among.since_.end(), now)) {}
        question(const question&) = delete;
        question& operator=(const question&) = delete;
        ~question() { among_.since_.erase(place_); }

    private:
        unanswered& among_;
        std::list<time_point>::iterator place_;
    };

    bool is_overdue(time_point now) const noexcept {
        return !since_.empty() && now - since_.front() > limit;
    }

private:
    std::list<time_point> since_;  // the oldest first, as time goes on only
};

}  // namespace otp
