#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <string_view>

namespace otp {

// How an attempt ended, in the words of delivery_attempt.state.
enum class attempt_end { accepted, refused, not_sent, in_doubt };
std::string_view to_string(attempt_end end);

// Whose fault a bad end is: the classes of docs/providers.md, and `worker`, which no provider's
// code has.
enum class fault {
    none,
    number,     // this number cannot take the message, ever
    config,     // our account, sender, template or credentials
    account,    // the same, for everything this provider does: the breaker opens
    blocked,    // fraud guard, opt-out, policy: no other provider on this channel either
    channel,    // right person, wrong channel
    rate,       // too fast; nothing was sent
    temporary,  // passing, certainly not delivered
    doubt,      // may have been sent
    worker,     // this worker cannot send it now, and asked nobody; another may
};

// What became of one attempt. For an attempt in doubt the three permissions say what may follow
// once the doubt is settled as "not sent"; before that nothing may.
struct outcome {
    attempt_end end = attempt_end::in_doubt;
    fault why = fault::none;
    std::string provider_message_id;
    std::optional<unsigned> http_status;
    std::string
        error_code;  // the provider's, or a word of ours such as "no_answer"; empty when accepted
    std::string detail;  // safe to log: never the number, the text or the provider's own wording
    std::optional<int> segments;
    std::optional<std::chrono::seconds> retry_after;
    bool retry = false;           // the same provider may be asked again
    bool fail_over = false;       // another provider on the same channel may be asked
    bool switch_channel = false;  // another channel of the job may be tried
};

}  // namespace otp
