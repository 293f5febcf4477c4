#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <string_view>

namespace otp::sandbox {

// Where a receipt goes, taken apart. Behind the '#' Twilio reads how it is to be delivered:
// rc=0..5 (retries), rt and tt=100..15000 (ms for one answer, for all tries),
// rp=all or a list of ct, rt, 4xx, 5xx (what is retried; connect failures always are).
// https://www.twilio.com/docs/usage/webhooks/webhooks-connection-overrides
struct callback_url {
    std::string origin;  // scheme://host[:port]
    std::string target;  // path and query; at least "/"
    std::string whole;   // without the fragment: what is signed

    int retries = 1;
    std::chrono::milliseconds answer_within{15000};
    std::chrono::milliseconds all_within{15000};
    bool retry_silence = false;
    bool retry_4xx = false;
    bool retry_5xx = false;
};

// Empty where it is no absolute http or https URL, or where its host has an underscore, which
// Twilio refuses. Overrides out of range or unknown keep the default.
std::optional<callback_url> read_callback_url(std::string_view text);

}  // namespace otp::sandbox
