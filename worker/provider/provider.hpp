#pragma once

#include "common/core/channel.hpp"
#include "common/core/secret.hpp"
#include "common/core/uuid.hpp"
#include "common/http/client.hpp"
#include "common/phone/phone_number.hpp"

#include <chrono>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace otp {

// One text on its way to one provider.
struct message {
    uuid request_id;
    int attempt = 1;
    phone_number to;
    secret text;  // rendered; what SMS carries
    secret code;  // what an approved WhatsApp template asks for
    bool needs_unicode = false;  // the text does not fit the GSM-7 alphabet
    std::chrono::seconds validity;  // remaining life of the code: the provider's own validity period
    std::string callback_url;       // for delivery receipts; empty: none is asked for
    boot_clock::time_point write_before = boot_clock::time_point::max();
};

// How an attempt ended, in the words of delivery_attempt.state.
enum class attempt_end { accepted, refused, not_sent, in_doubt };

// Whose fault a bad end is; the classes of docs/providers.md.
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
};

struct outcome {
    attempt_end end = attempt_end::in_doubt;
    fault why = fault::none;
    std::string provider_message_id;
    std::optional<unsigned> http_status;
    std::string error_code;  // the provider's, or a word of ours such as "timeout"; empty when accepted
    std::string detail;      // safe to log: never the number, the text or the provider's own wording
    std::optional<int> segments;
    std::optional<std::chrono::seconds> retry_after;
    bool retry = false;           // the same provider may be asked again
    bool fail_over = false;       // another provider on the same channel may be asked
    bool switch_channel = false;  // another channel of the job may be tried
};

// What one provider says on one channel, without I/O: how a message becomes its HTTP request, and what
// its answer means. tests/contract/provider_contract_test.cpp holds what every one must do.
class provider {
public:
    virtual ~provider() = default;

    virtual std::string_view name() const = 0;  // "twilio", "gupshup"
    virtual channel by() const = 0;
    virtual const std::string& origin() const = 0;  // scheme://host:port of its requests

    // True where receipts name no request, so that the provider's message id must be indexed.
    virtual bool receipts_need_message_id() const = 0;

    // The request refers to this provider's prepared head: it must not outlive it.
    virtual http::request build(const message& what) const = 0;

    // Never throws on what the other side sent.
    virtual outcome classify(const http::call_result& result) const = 0;
};

}  // namespace otp
