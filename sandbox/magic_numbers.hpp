#pragma once

#include "sandbox/answer.hpp"
#include "sandbox/message.hpp"

#include <optional>
#include <span>
#include <string>
#include <string_view>

namespace otp::sandbox {

// What can be practised by texting a magic number: +1 97x 555 01nn, where x names the service and
// nn the lesson. docs/sandbox.md has the table.
enum class lesson {
    refused_number,
    blocked,
    account_fault,
    message_fault,
    wrong_channel,
    slow_down,
    server_error,
    unavailable,
    silence,
    silence_accepted,
    close,
    close_accepted,
    half_accepted,
    server_error_accepted,
    undelivered,
    failed,
    late,
    stays_sent,
    no_receipt,
};

struct magic_number {
    lesson teaches;
    std::string_view last_two_digits;
    std::string_view meaning;
};

std::span<const magic_number> magic_numbers();

// The number that teaches `what` at this service alone: +1970555 for Twilio, +1971555 for Gupshup
// WhatsApp, +1972555 for Gupshup SMS, +1978555 for Twilio Verify.
std::string number_for(service by, lesson what);

// The number that teaches it at every service: +1973555.
std::string number_for_all(lesson what);

// What this service does with a text to `to` (E.164); empty for an ordinary number.
std::optional<lesson> lesson_of(service by, std::string_view to);

// The lesson as far as it is the same at every service.
struct course {
    bool accepted = true;
    line_fault line = line_fault::none;
    fate goes_on;
};
course course_of(lesson what);

}  // namespace otp::sandbox
