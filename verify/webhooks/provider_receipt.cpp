#include "verify/webhooks/provider_receipt.hpp"

#include "common/core/ascii.hpp"

#include <algorithm>

namespace otp {

namespace {

bool is_code_character(char c) {
    return is_alphanumeric(c) || c == '_' || c == '.' || c == '-';
}

// The longest codes have six digits; what has more could be a number.
bool is_error_code(std::string_view text) {
    return text.size() <= 32 && std::ranges::all_of(text, is_code_character) &&
           std::ranges::count_if(text, is_digit) <= 6;
}

bool is_printable(char c) {
    return c > ' ' && c <= '~';
}

}  // namespace

bool is_receipt_id(std::string_view text) {
    return !text.empty() && text.size() <= 128 && std::ranges::all_of(text, is_printable);
}

std::optional<provider_receipt> make_receipt(
    std::string_view provider,
    channel by,
    std::string_view message_id,
    std::string_view status,
    std::string_view error_code,
    std::string_view digits
) {
    if (!is_receipt_id(message_id))
        return std::nullopt;
    if (!is_error_code(error_code))
        error_code = {};
    provider_receipt receipt;
    receipt.provider = provider;
    receipt.by = by;
    receipt.message_id = message_id;
    receipt.meaning = classify_receipt(provider, by, status, error_code);
    if (receipt.meaning.status == receipt_status::undelivered)
        receipt.error_code = error_code;
    if (digits.size() >= 7 && digits.size() <= 15 && std::ranges::all_of(digits, is_digit))
        (receipt.number = '+') += digits;
    return receipt;
}

}  // namespace otp
