#include "common/provider/receipt.hpp"

#include "common/core/ascii.hpp"
#include "common/provider/error_table.hpp"

#include <algorithm>
#include <array>
#include <span>
#include <string>

namespace otp {

namespace {

using enum receipt_status;

struct status_word {
    std::string_view word;
    receipt_status meaning;
};

// twilio.com/docs/messaging/guides/outbound-message-status-in-status-callbacks; a message is
// canceled by its owner only, which no code explains.
constexpr std::array twilio_words{
    status_word{"accepted", accepted},
    status_word{"scheduled", accepted},
    status_word{"queued", accepted},
    status_word{"sending", accepted},
    status_word{"sent", accepted},
    status_word{"delivered", delivered},
    status_word{"read", delivered},
    status_word{"undelivered", undelivered},
    status_word{"failed", undelivered},
    status_word{"canceled", undelivered},
};

// docs.gupshup.io/docs/message-events
constexpr std::array whatsapp_words{
    status_word{"submitted", accepted},
    status_word{"enqueued", accepted},
    status_word{"sent", accepted},
    status_word{"delivered", delivered},
    status_word{"read", delivered},
    status_word{"failed", undelivered},
};

// docs.gupshup.io/docs/real-time-delivery-reports: `status` of the GET form, `eventType` of the
// POST form. UNKNOWN is no outcome.
constexpr std::array report_words{
    status_word{"success", delivered},
    status_word{"delivered", delivered},
    status_word{"failure", undelivered},
    status_word{"failed", undelivered},
};

struct vocabulary {
    std::span<const status_word> words;
    const error_table* errors = nullptr;
};

vocabulary vocabulary_of(std::string_view provider, channel by) {
    if (provider == "twilio")
        return {twilio_words, &twilio_errors()};
    if (provider == "gupshup" && by == channel::whatsapp)
        return {whatsapp_words, &gupshup_whatsapp_errors()};
    if (provider == "gupshup" && by == channel::sms)
        return {report_words, &gupshup_sms_report_errors()};
    return {};
}

}  // namespace

std::string_view to_string(receipt_status status) {
    switch (status) {
    case accepted:
        return "accepted";
    case delivered:
        return "delivered";
    case undelivered:
        return "undelivered";
    case ignored:
        break;
    }
    return "ignored";
}

receipt_meaning classify_receipt(
    std::string_view provider,
    channel by,
    std::string_view status,
    std::string_view error_code
) {
    const vocabulary known = vocabulary_of(provider, by);
    const auto found = std::ranges::find(known.words, lower_case(status), &status_word::word);
    if (found == known.words.end())
        return {};
    if (found->meaning != undelivered)
        return {found->meaning, fault::none, false, false};
    if (found->word == "canceled" && error_code.empty())
        return {undelivered, fault::none, false, false};
    const error_row& row = known.errors->in_receipt(error_code);
    return {undelivered, row.why, row.fail_over, row.switch_channel};
}

}  // namespace otp
