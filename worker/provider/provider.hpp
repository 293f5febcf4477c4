#pragma once

#include "common/core/channel.hpp"
#include "common/core/secret.hpp"
#include "common/core/uuid.hpp"
#include "common/http/client.hpp"
#include "common/phone/phone_number.hpp"
#include "common/provider/outcome.hpp"

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
    secret text;                     // rendered; what SMS carries
    secret code;                     // 4 to 10 digits
    std::vector<secret> parameters;  // of the approved WhatsApp template, in order; at least one
    bool needs_unicode = false;      // the text does not fit the GSM-7 alphabet
    std::chrono::seconds
        validity;              // remaining life of the code: the provider's own validity period
    std::string callback_url;  // for delivery receipts; empty: none is asked for
    std::string locale = {};   // BCP 47, as the job asks; empty: from the number's country
    boot_clock::time_point write_before = boot_clock::time_point::max();
};

// Where its receipts go, under the base URL of the receipts; empty where that is. Each attempt has
// a URL of its own, so that a receipt on it proves that the message exists even where the answer
// was lost.
std::string callback_url_of(
    const std::string& base,
    std::string_view provider,
    const uuid& request_id,
    int attempt
);

// An attempt in doubt, as the provider is asked for it.
struct doubtful {
    phone_number to;
    secret code;                                  // stands in the text of the message looked for
    std::chrono::system_clock::time_point since;  // what was made earlier is not this attempt's
};

// What one provider says on one channel, without I/O: how a message becomes its HTTP request, and
// what its answer means. tests/contract/provider_contract_test.cpp holds what every one must do.
class provider {
public:
    virtual ~provider() = default;

    virtual std::string_view name() const = 0;  // "twilio", "gupshup", "twilio_verify"
    virtual channel by() const = 0;
    virtual const std::string& origin() const = 0;  // scheme://host:port of its requests

    // True where receipts name no request, so that the provider's message id must be indexed.
    virtual bool receipts_need_message_id() const = 0;

    // What has to be done at the provider before that message goes, and sends nothing by itself;
    // none where nothing has to be.
    virtual std::optional<http::request> build_preparation(const message& what) const;

    // Why the message may not go after that, as an attempt's end that sent nothing; none: it may.
    virtual std::optional<outcome> read_preparation(const http::call_result& result) const;

    // The request refers to this provider's prepared head: it must not outlive it.
    virtual http::request build(const message& what) const = 0;

    // Never throws on what the other side sent.
    virtual outcome classify(const http::call_result& result) const = 0;

    // The question whether it took an attempt in doubt; none where the provider answers no such
    // question. Asking sends nothing.
    virtual std::optional<http::request> build_look_up(const doubtful& what) const;

    // How that attempt ended: accepted, or refused where the message failed since. None where the
    // answer does not tell: a message that is not listed may be listed later.
    virtual std::optional<outcome> read_look_up(
        const http::call_result& result,
        const doubtful& what
    ) const;
};

}  // namespace otp
