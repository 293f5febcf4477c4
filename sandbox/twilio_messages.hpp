#pragma once

#include "sandbox/answer.hpp"
#include "sandbox/ids.hpp"
#include "sandbox/inbox.hpp"
#include "sandbox/twilio_credentials.hpp"
#include "sandbox/twilio_request.hpp"

#include <chrono>
#include <optional>
#include <string>
#include <string_view>

namespace otp::sandbox {

// Twilio's Messages resource (2010-04-01) for one account: create, fetch and list, in the JSON
// shapes that Twilio's client libraries read. Without I/O: what create() accepts is put in the
// inbox by the caller. https://www.twilio.com/docs/messaging/api/message-resource
class twilio_messages {
public:
    // Without an account every request is refused with 20003. `pace`: see steps().
    twilio_messages(std::optional<twilio_account> account, std::chrono::milliseconds pace);

    reply create(std::string_view account_sid, const request& what, ids& new_ids, moment now) const;

    // `file` is the last segment of the path, "SM….json".
    answer fetch(
        std::string_view account_sid,
        std::string_view file,
        const request& what,
        const inbox& from,
        moment now
    ) const;

    answer list(std::string_view account_sid, const request& what, const inbox& from, moment now)
        const;

private:
    std::optional<answer> refused_caller(std::string_view account_sid, const request& what) const;
    message_ptr made(const twilio_send& send, ids& new_ids, moment now, fate goes_on) const;

    std::optional<twilio_account> account_;
    twilio_credentials callers_;
    std::chrono::milliseconds pace_;
};

}  // namespace otp::sandbox
