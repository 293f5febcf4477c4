#pragma once

#include "worker/provider/provider.hpp"
#include "worker/provider/settings.hpp"

namespace otp {

// Gupshup's enterprise SMS gateway. The password travels in the form, so requests are POSTed: a URL
// would show it. It answers HTTP 200 for errors too: only the body tells.
// https://docs.gupshup.io/docs/send-message-to-single-number (copy of 2026)
class gupshup_sms final : public provider {
public:
    // Throws std::invalid_argument where the settings are not sound or empty.
    explicit gupshup_sms(const gupshup_sms_settings& settings);

    std::string_view name() const override { return "gupshup"; }
    channel by() const override { return channel::sms; }
    const std::string& origin() const override { return origin_; }
    bool receipts_need_message_id() const override { return true; }
    http::request build(const message& what) const override;
    outcome classify(const http::call_result& result) const override;

private:
    std::string origin_;
    std::string target_;
    secret head_;
    secret password_;
    std::string userid_;
    std::string mask_;
    std::string entity_id_;
    std::string template_id_;
};

}  // namespace otp
