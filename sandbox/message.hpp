#pragma once

#include "common/core/channel.hpp"

#include <chrono>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace otp::sandbox {

using moment = std::chrono::system_clock::time_point;

// What the sandbox stands in for.
enum class service { twilio, gupshup_whatsapp, gupshup_sms, twilio_verify };

// "twilio", "gupshup" or "twilio_verify".
std::string_view provider_name(service by);

// What has become of an accepted message; `to_string` gives the words of the inbox.
enum class status { queued, sent, delivered, undelivered, failed };
std::string_view to_string(status reached);

// How an accepted message goes on.
struct fate {
    status end = status::delivered;
    std::string_view error_code;  // of undelivered and failed; text that lives for ever
    bool late = false;
};

struct message {
    moment at;
    service by = service::twilio;
    channel via = channel::sms;
    std::string id;    // as the provider names it
    std::string to;    // E.164 with '+'
    std::string from;  // as given; without `whatsapp:`
    std::string text;
    std::string messaging_service_sid;  // Twilio only
    std::string callback_url;           // Twilio's StatusCallback, or where the service reports to
    fate goes_on;
};

using message_ptr = std::shared_ptr<const message>;

// The states after `queued`, each with the time from acceptance. `pace` is the time to `sent`; the
// end comes after twice that, or fifty times where it is late. `failed` comes instead of `sent`.
struct step {
    std::chrono::milliseconds after{};
    status reached = status::sent;
};
std::vector<step> steps(const fate& what, std::chrono::milliseconds pace);

// A pure function of the clock, so that nothing has to run for a message whose state nobody reads.
status status_at(const message& what, moment now, std::chrono::milliseconds pace);

}  // namespace otp::sandbox
