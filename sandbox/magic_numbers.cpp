#include "sandbox/magic_numbers.hpp"

#include <algorithm>
#include <array>

namespace otp::sandbox {

namespace {

constexpr std::array numbers{
    magic_number{lesson::refused_number, "01", "refused: this number takes no texts"},
    magic_number{lesson::blocked, "02", "blocked: fraud guard or opt-out"},
    magic_number{lesson::account_fault, "03", "refused: our account or credentials"},
    magic_number{lesson::message_fault, "04", "refused: our sender or template"},
    magic_number{lesson::wrong_channel, "05", "this channel cannot reach the person"},
    magic_number{lesson::slow_down, "06", "too many requests; nothing was made"},
    magic_number{lesson::server_error, "07", "HTTP 500; nothing was made"},
    magic_number{lesson::unavailable, "08", "HTTP 503; nothing was made"},
    magic_number{lesson::silence, "09", "no answer; nothing was made"},
    magic_number{lesson::silence_accepted, "10", "accepted, but no answer"},
    magic_number{lesson::close, "11", "connection closed without an answer; nothing was made"},
    magic_number{lesson::close_accepted, "12", "accepted, then closed without an answer"},
    magic_number{lesson::half_accepted, "13", "accepted, then closed in the middle of the answer"},
    magic_number{lesson::server_error_accepted, "14", "accepted, but the answer is HTTP 500"},
    magic_number{lesson::undelivered, "15", "accepted and sent, then not delivered"},
    magic_number{lesson::failed, "16", "accepted, then failed before it was sent"},
    magic_number{lesson::late, "17", "accepted and delivered late"},
    magic_number{lesson::stays_sent, "18", "accepted and sent; no further news"},
    magic_number{lesson::no_receipt, "19", "accepted; no receipt at all"},
};

std::string_view prefix_of(service by) {
    switch (by) {
    case service::twilio:
        return "+197055501";
    case service::gupshup_whatsapp:
        return "+197155501";
    case service::gupshup_sms:
        return "+197255501";
    case service::twilio_verify:
        return "+197855501";
    }
    return "";
}

constexpr std::string_view prefix_of_all = "+197355501";

std::string number(std::string_view prefix, lesson what) {
    const auto row = std::find_if(numbers.begin(), numbers.end(), [&](const auto& one) {
        return one.teaches == what;
    });
    return std::string(prefix) + std::string(row->last_two_digits);
}

course accepted(line_fault line) {
    return {true, line, {}};
}

course refused(line_fault line) {
    return {false, line, {}};
}

course ending(status end, bool late = false) {
    return {true, line_fault::none, {end, {}, late}};
}

}  // namespace

std::span<const magic_number> magic_numbers() {
    return numbers;
}

std::string number_for(service by, lesson what) {
    return number(prefix_of(by), what);
}

std::string number_for_all(lesson what) {
    return number(prefix_of_all, what);
}

std::optional<lesson> lesson_of(service by, std::string_view to) {
    if (!to.starts_with(prefix_of(by)) && !to.starts_with(prefix_of_all))
        return std::nullopt;
    const auto digits = to.substr(prefix_of_all.size());
    const auto row = std::find_if(numbers.begin(), numbers.end(), [&](const auto& one) {
        return one.last_two_digits == digits;
    });
    return row == numbers.end() ? std::nullopt : std::optional(row->teaches);
}

course course_of(lesson what) {
    switch (what) {
    case lesson::refused_number:
    case lesson::blocked:
    case lesson::account_fault:
    case lesson::message_fault:
    case lesson::wrong_channel:
    case lesson::slow_down:
    case lesson::server_error:
    case lesson::unavailable:
        return refused(line_fault::none);
    case lesson::silence:
        return refused(line_fault::silence);
    case lesson::close:
        return refused(line_fault::close);
    case lesson::silence_accepted:
        return accepted(line_fault::silence);
    case lesson::close_accepted:
        return accepted(line_fault::close);
    case lesson::half_accepted:
        return accepted(line_fault::half);
    case lesson::server_error_accepted:
        return accepted(line_fault::none);
    case lesson::undelivered:
        return ending(status::undelivered);
    case lesson::failed:
        return ending(status::failed);
    case lesson::late:
        return ending(status::delivered, true);
    case lesson::stays_sent:
        return ending(status::sent);
    case lesson::no_receipt:
        return ending(status::queued);
    }
    return {};
}

}  // namespace otp::sandbox
