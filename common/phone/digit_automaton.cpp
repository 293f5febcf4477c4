#include "common/phone/digit_automaton.hpp"

#include "common/phone/digit_pattern.hpp"

#include <algorithm>
#include <limits>
#include <map>
#include <utility>

namespace otp {

// From a pattern's tree by way of states that may be in several places at once (Thompson), to those
// that are in one (the sets of the former).
class automaton_builder {
public:
    std::optional<digit_automaton> build(const digit_pattern& pattern) {
        places_.push_back({});  // the first accepts
        const int start = put(pattern, 0);
        digit_automaton made;
        made.states_.push_back({});
        number_of({start}, made);
        for (std::size_t i = 1; i < made.states_.size(); ++i)
            if (made.states_.size() > std::numeric_limits<std::uint16_t>::max() - 10u)
                return std::nullopt;
            else
                fill(i, made);
        return made;
    }

private:
    struct place {
        std::uint16_t digits = 0;  // that lead to `next`
        int next = 0;
        std::vector<int> also;  // where one is as well, without a digit
    };
    using places = std::vector<int>;

    int add(place one) {
        places_.push_back(std::move(one));
        return static_cast<int>(places_.size()) - 1;
    }

    // The place where `pattern` begins, if it goes on to `next`.
    int put(const digit_pattern& pattern, int next) {
        switch (pattern.what) {
        case digit_pattern::kind::digit:
            return add({pattern.digits, next, {}});
        case digit_pattern::kind::sequence:
            for (auto part = pattern.parts.rbegin(); part != pattern.parts.rend(); ++part)
                next = put(*part, next);
            return next;
        case digit_pattern::kind::choice: {
            places starts;
            for (const auto& part : pattern.parts)
                starts.push_back(put(part, next));
            return add({0, 0, std::move(starts)});
        }
        case digit_pattern::kind::repeat:
            break;
        }
        const int end = next;
        for (int i = pattern.least; i < pattern.most; ++i) {
            const int once_more = put(pattern.parts.front(), next);
            next = add({0, 0, {once_more, end}});
        }
        for (int i = 0; i < pattern.least; ++i)
            next = put(pattern.parts.front(), next);
        return next;
    }

    // With all where one is as well.
    places complete(places from) const {
        std::vector<bool> seen(places_.size());
        places found;
        while (!from.empty()) {
            const int at = from.back();
            from.pop_back();
            if (seen[static_cast<std::size_t>(at)])
                continue;
            seen[static_cast<std::size_t>(at)] = true;
            const place& here = places_[static_cast<std::size_t>(at)];
            if (here.also.empty())
                found.push_back(at);
            from.insert(from.end(), here.also.begin(), here.also.end());
        }
        std::sort(found.begin(), found.end());
        return found;
    }

    std::uint16_t number_of(places from, digit_automaton& made) {
        places all = complete(std::move(from));
        if (all.empty())
            return 0;
        const auto [known, is_new] =
            numbers_.emplace(std::move(all), static_cast<std::uint16_t>(made.states_.size()));
        if (is_new) {
            made.states_.push_back({});
            made.states_.back().accepts = known->first.front() == 0;
            sets_.push_back(known->first);
        }
        return known->second;
    }

    void fill(std::size_t number, digit_automaton& made) {
        const places here = sets_[number - 1];
        for (unsigned digit = 0; digit < 10; ++digit) {
            places next;
            for (const int at : here)
                if (places_[static_cast<std::size_t>(at)].digits >> digit & 1)
                    next.push_back(places_[static_cast<std::size_t>(at)].next);
            const auto to = number_of(std::move(next), made);
            made.states_[number].next[digit] = to;
        }
    }

    std::vector<place> places_;
    std::map<places, std::uint16_t> numbers_;
    std::vector<places> sets_;  // of each state but the first
};

std::optional<digit_automaton> digit_automaton::compile(std::string_view pattern) {
    const auto tree = parse_digit_pattern(pattern);
    if (!tree)
        return std::nullopt;
    return automaton_builder().build(*tree);
}

bool digit_automaton::matches(std::string_view digits) const noexcept {
    std::size_t at = 1;
    for (const char digit : digits)
        at = states_[at].next[static_cast<std::size_t>(digit - '0')];
    return states_[at].accepts;
}

std::uint32_t digit_automaton::starts(std::string_view digits) const noexcept {
    std::uint32_t lengths = 0;
    std::size_t at = 1;
    for (std::size_t i = 0; i < digits.size() && at != 0; ++i) {
        at = states_[at].next[static_cast<std::size_t>(digits[i] - '0')];
        lengths |= std::uint32_t{states_[at].accepts} << (i + 1);
    }
    return lengths;
}

}  // namespace otp
