#pragma once

#include "common/provider/outcome.hpp"

#include <span>
#include <string_view>

namespace otp {

// Where a provider names an error code.
enum class told_in {
    answer,   // the HTTP answer to the send
    receipt,  // later, in a delivery receipt
    both,
};

// What one error code of a provider means and what it allows. "Once" in the vendor tables is `true`
// here: the limit of two attempts per provider makes it one more.
struct error_row {
    std::string_view code;
    told_in where;
    fault why;
    bool retry;
    bool fail_over;
    bool switch_channel;
    std::string_view meaning;  // our words, safe to log
};

// All codes of one provider, and what an unlisted one means: an unknown error must not loop, so in
// an answer it is our fault, in a receipt a passing one.
struct error_table {
    std::span<const error_row> rows;
    error_row unknown_in_answer;
    error_row unknown_in_receipt;

    // A code means the same wherever it turns up: vendors move codes between answers and receipts.
    // Codes are compared as text, so leading zeros count.
    const error_row* find(std::string_view code) const noexcept;
    const error_row& in_answer(std::string_view code) const noexcept;
    const error_row& in_receipt(std::string_view code) const noexcept;
};

// Twilio Messages and Verify, SMS and WhatsApp.
const error_table& twilio_errors() noexcept;

// Gupshup WhatsApp: codes of `failed` events, Gupshup's own and Meta's.
const error_table& gupshup_whatsapp_errors() noexcept;

// Gupshup's SMS gateway: codes in its answers.
const error_table& gupshup_sms_errors() noexcept;

// Gupshup's SMS gateway: `errCode` of its delivery reports, three digits.
const error_table& gupshup_sms_report_errors() noexcept;

}  // namespace otp
