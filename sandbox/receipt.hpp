#pragma once

#include "sandbox/callback_url.hpp"
#include "sandbox/message.hpp"

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace otp::sandbox {

// A delivery receipt that waits for its time.
struct receipt {
    message_ptr about;
    std::chrono::milliseconds after{};  // from acceptance
    std::string_view says;              // the provider's word for the state
};

// The receipts that follow the acceptance of `what`, in order: none where nobody asked for them.
// The initial state is never told, as with Twilio. Gupshup's WhatsApp tells `enqueued` too, its SMS
// gateway only the end.
std::vector<receipt> receipts_for(const message_ptr& what, std::chrono::milliseconds pace);

// A receipt as it is posted.
struct receipt_post {
    callback_url to;
    std::string head;  // header lines, each ended by CRLF
    std::string body;
};

// Twilio: a form signed with the account's auth token. Gupshup WhatsApp: JSON of version 2. Gupshup
// SMS: a form whose `response` holds a JSON array. Empty where the callback URL is none.
std::optional<receipt_post> write_receipt(
    const receipt& what,
    std::string_view account_sid,
    std::string_view auth_token,
    std::string_view gupshup_app,
    moment now
);

}  // namespace otp::sandbox
