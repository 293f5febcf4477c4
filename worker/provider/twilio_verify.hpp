#pragma once

#include "worker/provider/provider.hpp"
#include "worker/provider/settings.hpp"

#include <optional>
#include <string>
#include <string_view>

namespace otp {

// Twilio Verify with codes of our own (CustomCode): Verify words the text, in its own template and
// by the name of its service, and chooses the sender; we make and check the code. It sends no
// receipts. https://www.twilio.com/docs/verify/api/verification (twilio-oai of 2026-04-14)
//
// While a verification of a number is pending, for ten minutes and for whatever purpose, Verify
// sends its first code again, whichever it is given. So every text is preceded by ending what is
// pending.
class twilio_verify final : public provider {
public:
    // Throws std::invalid_argument where the settings are not sound, name no service, or `by` is
    // neither SMS nor WhatsApp.
    twilio_verify(const twilio_settings& settings, channel by);

    std::string_view name() const override { return "twilio_verify"; }
    channel by() const override { return by_; }
    const std::string& origin() const override { return origin_; }
    bool receipts_need_message_id() const override { return false; }

    // POST …/Verifications/{number} with Status=canceled: 404 where none is pending.
    std::optional<http::request> build_preparation(const message& what) const override;
    std::optional<outcome> read_preparation(const http::call_result& result) const override;

    http::request build(const message& what) const override;
    outcome classify(const http::call_result& result) const override;

    // GET …/Verifications/{number}: what is pending was begun since it was last ended.
    std::optional<http::request> build_look_up(const doubtful& what) const override;
    std::optional<outcome> read_look_up(const http::call_result& result, const doubtful& what)
        const override;

private:
    std::string verification_of(const phone_number& to) const;

    channel by_;
    std::string origin_;
    std::string target_;
    secret head_;
    secret look_up_head_;
};

// The language as Verify knows it, or its base language; empty where it has none of them, and
// would refuse the text. Verify then goes by the number's country.
std::string_view verify_locale(std::string_view wanted);

}  // namespace otp
