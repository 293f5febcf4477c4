#pragma once

#include "common/http/form.hpp"
#include "worker/provider/provider.hpp"
#include "worker/provider/settings.hpp"

#include <optional>
#include <string>
#include <vector>

namespace otp {

// Twilio's Messages API: what SMS and WhatsApp have in common. POST …/Messages.json has no
// idempotency key: a repeated request is a second message.
// https://www.twilio.com/docs/messaging/api/message-resource (twilio-oai of 2026-04-14)
class twilio_messages : public provider {
public:
    std::string_view name() const override { return "twilio"; }
    const std::string& origin() const override { return origin_; }

    // Every attempt has a callback URL of its own.
    bool receipts_need_message_id() const override { return false; }

    outcome classify(const http::call_result& result) const override;

    // GET …/Messages.json?To=…: the newest messages to that number.
    std::optional<http::request> build_look_up(const doubtful& what) const override;
    std::optional<outcome> read_look_up(const http::call_result& result, const doubtful& what)
        const override;

protected:
    explicit twilio_messages(const twilio_settings& settings);

    // Adds what both channels need to `fields` and writes the request.
    http::request request_with(std::vector<http::form_field> fields, const message& what) const;

private:
    std::string origin_;
    std::string target_;
    secret head_;
    secret look_up_head_;
};

class twilio_sms final : public twilio_messages {
public:
    // Throws std::invalid_argument where the settings are not sound or name no SMS sender.
    explicit twilio_sms(const twilio_settings& settings);

    channel by() const override { return channel::sms; }
    http::request build(const message& what) const override;

private:
    std::string from_;
    std::string messaging_service_;
};

// By an approved template (ContentSid); its variables are the message's parameters, by number.
class twilio_whatsapp final : public twilio_messages {
public:
    // Throws std::invalid_argument where the settings are not sound or name no WhatsApp sender.
    explicit twilio_whatsapp(const twilio_settings& settings);

    channel by() const override { return channel::whatsapp; }
    http::request build(const message& what) const override;

private:
    std::string from_;
    std::string content_;
};

// "Authorization: …": the API key's where one is set, else the account's.
secret twilio_authorization(const twilio_settings& settings);

// What the Messages API's answer to a send means.
outcome read_twilio_answer(const http::call_result& result);

// What Twilio's list of messages to one number says of an attempt in doubt; none where it names no
// message of it. Only messages that we sent, made since then, whose text holds the code count; a
// text that Twilio no longer keeps (redacted) counts as holding it.
std::optional<outcome> read_twilio_list(const http::call_result& result, const doubtful& what);

}  // namespace otp
