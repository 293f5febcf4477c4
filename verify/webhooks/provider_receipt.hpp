#pragma once

#include "common/core/channel.hpp"
#include "common/provider/receipt.hpp"

#include <optional>
#include <string>
#include <string_view>

namespace otp {

// What one receipt says, whichever provider wrote it.
struct provider_receipt {
    std::string_view provider;
    channel by = channel::sms;
    std::string message_id;
    std::string second_id;   // by which later receipts may name it; empty where there is none
    std::string number;      // E.164 of the destination; empty where it is not told
    std::string error_code;  // of a failure; empty for none
    receipt_meaning meaning;
};

// 1 to 128 printable characters, without spaces.
bool is_receipt_id(std::string_view text);

// Empty where the message id is missing or is none. An error code that could be anything else than
// a code (over 32 characters, over 6 digits, which may be a number, or others than letters, digits,
// _ . -) is dropped, and a destination that is not 7 to 15 digits.
std::optional<provider_receipt> make_receipt(
    std::string_view provider,
    channel by,
    std::string_view message_id,
    std::string_view status,
    std::string_view error_code,
    std::string_view digits
);

}  // namespace otp
