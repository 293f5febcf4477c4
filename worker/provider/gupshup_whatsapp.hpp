#pragma once

#include "worker/provider/provider.hpp"
#include "worker/provider/settings.hpp"

namespace otp {

// Gupshup's WhatsApp template API ("self-serve"): a form whose field `template` holds JSON. Neither
// an idempotency key nor a reference of ours can be given, so its events are matched by Gupshup's
// message id. https://docs.gupshup.io/docs/template-messages (copy of 2026)
class gupshup_whatsapp final : public provider {
public:
    // Throws std::invalid_argument where the settings are not sound or empty.
    explicit gupshup_whatsapp(const gupshup_whatsapp_settings& settings);

    std::string_view name() const override { return "gupshup"; }
    channel by() const override { return channel::whatsapp; }
    const std::string& origin() const override { return origin_; }
    bool receipts_need_message_id() const override { return true; }
    http::request build(const message& what) const override;
    outcome classify(const http::call_result& result) const override;

private:
    std::string origin_;
    std::string target_;
    secret head_;
    std::string source_;
    std::string src_name_;
    std::string template_id_;
};

}  // namespace otp
