#include "ctl/dead/words.hpp"

#include "common/core/ascii.hpp"
#include "common/core/mask.hpp"
#include "common/core/rfc3339.hpp"
#include "common/core/utf8.hpp"
#include "common/core/uuid.hpp"

#include <algorithm>

namespace otp {

namespace {

constexpr std::size_t longest_word = 64;
constexpr std::size_t longest_text = 300;
// The shortest numbers have seven digits; so much of one tells whose it is.
constexpr std::size_t digits_of_a_number = 7;

struct verdict {
    std::string_view of_broker;
    std::string_view reason;
    std::string_view sentence;
};

constexpr verdict verdicts[] = {
    {"delivery_limit", "over_delivered", "given back too often"},
    {"expired", "expired_in_queue", "expired"},
    {"rejected", "rejected_by_consumer", "refused by a consumer"},
    {"maxlen", "queue_full", "pushed out of a full queue"},
};

const verdict* verdict_of(const amqp::death& death) {
    const auto found = std::find_if(std::begin(verdicts), std::end(verdicts), [&](const auto& one) {
        return one.of_broker == death.reason;
    });
    return found == std::end(verdicts) ? nullptr : found;
}

bool is_of_a_word(char c) {
    return is_alphanumeric(c) || c == '_' || c == '.' || c == '-' || c == ':' || c == '+' ||
           c == '/';
}

std::size_t digits_in(std::string_view text) {
    return static_cast<std::size_t>(std::count_if(text.begin(), text.end(), is_digit));
}

std::string in_plain_characters(std::string_view text) {
    std::string plain(text);
    const bool readable = is_utf8(text);
    for (char& c : plain)
        if (static_cast<unsigned char>(c) < ' ' || c == '\x7f' ||
            (!readable && static_cast<unsigned char>(c) > '~'))
            c = '?';
    return plain;
}

// Cuts between characters, so that what is UTF-8 stays so.
std::string_view front_of(std::string_view text) {
    std::size_t end = std::min(text.size(), longest_text);
    while (end != 0 && end != text.size() && (static_cast<unsigned char>(text[end]) & 0xC0) == 0x80)
        --end;
    return text.substr(0, end);
}

}  // namespace

std::string shown_word(std::string_view text) {
    const bool is_word =
        text.size() <= longest_word && std::all_of(text.begin(), text.end(), is_of_a_word) &&
        (digits_in(text) < digits_of_a_number || parse_uuid(text) || parse_rfc3339(text));
    return is_word ? std::string(text) : "(" + std::to_string(text.size()) + " bytes, not shown)";
}

std::string shown_text(std::string_view text) {
    const std::string plain = in_plain_characters(front_of(text));
    std::string shown;
    for (std::size_t at = 0; at != plain.size();) {
        const auto end = std::find_if_not(
            plain.begin() + static_cast<std::ptrdiff_t>(at),
            plain.end(),
            is_digit
        );
        const auto run = static_cast<std::size_t>(end - plain.begin()) - at;
        if (run >= digits_of_a_number)
            shown += mask_number(std::string_view(plain).substr(at, run));
        else
            shown.append(plain, at, std::max<std::size_t>(run, 1));
        at += std::max<std::size_t>(run, 1);
    }
    return shown;
}

std::string reason_of(const amqp::death& death) {
    const auto* known = verdict_of(death);
    return known == nullptr ? "unknown" : std::string(known->reason);
}

std::string in_words(const amqp::death& death) {
    const auto* known = verdict_of(death);
    std::string words(known == nullptr ? shown_word(death.reason) : std::string(known->sentence));
    words += " on " + shown_word(death.queue);
    if (death.time > 0 && static_cast<std::uint64_t>(death.time) <= latest_second)
        words +=
            ", first at " +
            format_rfc3339(std::chrono::system_clock::time_point(std::chrono::seconds(death.time)));
    return words + ", " + std::to_string(death.count) + (death.count == 1 ? " time" : " times");
}

}  // namespace otp
