#pragma once

#include "common/core/secret.hpp"

#include <string>
#include <string_view>
#include <vector>

namespace otp {

// The settings of contracts, section 2, member by member; empty means unset. `faults_of` says in
// words what is missing or malformed, all at once, by the names people set, and never shows a
// value.

struct twilio_settings {
    std::string account_sid;   // TWILIO_ACCOUNT_SID
    secret auth_token;         // TWILIO_AUTH_TOKEN
    std::string api_key;       // TWILIO_API_KEY and
    secret api_secret;         // TWILIO_API_SECRET: used instead of the token where set
    std::string phone_number;  // TWILIO_PHONE_NUMBER
    std::string
        messaging_service_sid;  // TWILIO_MESSAGING_SERVICE_SID; with both the number pins a sender
    std::string whatsapp_number;                     // TWILIO_WHATSAPP_NUMBER, "whatsapp:+…"
    std::string content_sid;                         // TWILIO_CONTENT_SID
    std::string api_url = "https://api.twilio.com";  // TWILIO_API_URL
    std::string verify_service_sid;                  // TWILIO_VERIFY_SERVICE_SID
    std::string verify_api_url = "https://verify.twilio.com";  // TWILIO_VERIFY_API_URL

    bool texts() const { return !phone_number.empty() || !messaging_service_sid.empty(); }
    bool whatsapps() const { return !whatsapp_number.empty() || !content_sid.empty(); }
    bool verifies() const { return !verify_service_sid.empty(); }  // by SMS and WhatsApp
};

struct gupshup_whatsapp_settings {
    secret api_key;           // GUPSHUP_API_KEY
    std::string source;       // GUPSHUP_SOURCE, digits without +
    std::string src_name;     // GUPSHUP_SRC_NAME
    std::string template_id;  // GUPSHUP_TEMPLATE_ID
    std::string api_url = "https://api.gupshup.io/wa/api/v1/template/msg";  // GUPSHUP_API_URL

    bool whatsapps() const;
};

struct gupshup_sms_settings {
    std::string userid;       // GUPSHUP_SMS_USERID
    secret password;          // GUPSHUP_SMS_PASSWORD
    std::string mask;         // GUPSHUP_SMS_MASK
    std::string entity_id;    // GUPSHUP_SMS_ENTITY_ID
    std::string template_id;  // GUPSHUP_SMS_TEMPLATE_ID
    std::string api_url =
        "https://enterprise.smsgupshup.com/GatewayAPI/rest";  // GUPSHUP_SMS_API_URL

    bool texts() const { return !userid.empty() || !password.empty(); }
};

using setting_faults = std::vector<std::string>;

// No fault where nothing of a provider's own is set.
setting_faults faults_of(const twilio_settings& settings);
setting_faults faults_of(const gupshup_whatsapp_settings& settings);
setting_faults faults_of(const gupshup_sms_settings& settings);

// Throws std::invalid_argument that holds them all, where there are any.
void require_sound(const setting_faults& faults);

}  // namespace otp
