#include "common/phone/digit_pattern.hpp"

#include "common/core/ascii.hpp"

#include <charconv>
#include <utility>

namespace otp {

namespace {

constexpr std::uint16_t any_digit = 0x3ff;
constexpr int most_times = 20;  // no number is longer

std::uint16_t bit_of(char digit) {
    return static_cast<std::uint16_t>(1u << (digit - '0'));
}

// One step down the grammar a function; each sets failed_ where the text is not what it may be.
class pattern_parser {
public:
    explicit pattern_parser(std::string_view text) : rest_(text) {}

    std::optional<digit_pattern> parse() {
        digit_pattern all = choice();
        if (failed_ || !rest_.empty())
            return std::nullopt;
        return all;
    }

private:
    bool take(std::string_view text) {
        if (!rest_.starts_with(text))
            return false;
        rest_.remove_prefix(text.size());
        return true;
    }

    digit_pattern choice() {
        digit_pattern found{.what = digit_pattern::kind::choice, .parts = {}};
        do
            found.parts.push_back(sequence());
        while (take("|"));
        return found;
    }

    digit_pattern sequence() {
        digit_pattern found{.what = digit_pattern::kind::sequence, .parts = {}};
        while (!failed_ && !rest_.empty() && rest_.front() != '|' && rest_.front() != ')')
            found.parts.push_back(counted());
        return found;
    }

    digit_pattern counted() {
        digit_pattern one = item();
        if (take("?"))
            return repeat(std::move(one), 0, 1);
        if (!take("{"))
            return one;
        const int least = number();
        const int most = take(",") ? number() : least;
        failed_ = failed_ || !take("}") || least > most;
        return repeat(std::move(one), least, most);
    }

    static digit_pattern repeat(digit_pattern one, int least, int most) {
        digit_pattern found{.what = digit_pattern::kind::repeat, .parts = {}};
        found.parts.push_back(std::move(one));
        found.least = least;
        found.most = most;
        return found;
    }

    int number() {
        int value = 0;
        const auto end = rest_.data() + rest_.size();
        const auto read = std::from_chars(rest_.data(), end, value);
        failed_ = failed_ || read.ec != std::errc() || value < 0 || value > most_times;
        rest_.remove_prefix(static_cast<std::size_t>(read.ptr - rest_.data()));
        return value;
    }

    digit_pattern item() {
        if (take("(?:") || take("(")) {
            digit_pattern found = choice();
            failed_ = failed_ || !take(")");
            return found;
        }
        digit_pattern one{.what = digit_pattern::kind::digit, .parts = {}};
        if (take("\\d"))
            one.digits = any_digit;
        else if (take("["))
            one.digits = set();
        else if (is_digit(rest_.front()))
            one.digits = next_digit();
        else
            failed_ = true;
        return one;
    }

    std::uint16_t next_digit() {
        const char digit = rest_.front();
        rest_.remove_prefix(1);
        return bit_of(digit);
    }

    std::uint16_t set() {
        unsigned digits = 0;
        while (!failed_ && !take("]")) {
            failed_ = rest_.empty() || !is_digit(rest_.front());
            if (failed_)
                break;
            const char first = rest_.front();
            digits |= next_digit();
            if (!take("-"))
                continue;
            failed_ = rest_.empty() || !is_digit(rest_.front()) || rest_.front() < first;
            for (char c = first; !failed_ && c <= rest_.front(); ++c)
                digits |= bit_of(c);
            if (!failed_)
                rest_.remove_prefix(1);
        }
        return static_cast<std::uint16_t>(digits);
    }

    std::string_view rest_;
    bool failed_ = false;
};

}  // namespace

std::optional<digit_pattern> parse_digit_pattern(std::string_view text) {
    return pattern_parser(text).parse();
}

}  // namespace otp
