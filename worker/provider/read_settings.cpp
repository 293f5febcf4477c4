#include "worker/provider/read_settings.hpp"

namespace otp {

provider_settings read_provider_settings(
    settings& from,
    secret (*secret_of)(settings& from, std::string_view name)
) {
    provider_settings all;
    all.twilio.account_sid = from.text("TWILIO_ACCOUNT_SID");
    all.twilio.auth_token = secret_of(from, "TWILIO_AUTH_TOKEN");
    all.twilio.api_key = from.text("TWILIO_API_KEY");
    all.twilio.api_secret = secret_of(from, "TWILIO_API_SECRET");
    all.twilio.phone_number = from.text("TWILIO_PHONE_NUMBER");
    all.twilio.messaging_service_sid = from.text("TWILIO_MESSAGING_SERVICE_SID");
    all.twilio.whatsapp_number = from.text("TWILIO_WHATSAPP_NUMBER");
    all.twilio.content_sid = from.text("TWILIO_CONTENT_SID");
    all.twilio.api_url = from.text("TWILIO_API_URL", all.twilio.api_url);
    all.twilio.verify_service_sid = from.text("TWILIO_VERIFY_SERVICE_SID");
    all.twilio.verify_api_url = from.text("TWILIO_VERIFY_API_URL", all.twilio.verify_api_url);
    all.gupshup_whatsapp.api_key = secret_of(from, "GUPSHUP_API_KEY");
    all.gupshup_whatsapp.source = from.text("GUPSHUP_SOURCE");
    all.gupshup_whatsapp.src_name = from.text("GUPSHUP_SRC_NAME");
    all.gupshup_whatsapp.template_id = from.text("GUPSHUP_TEMPLATE_ID");
    all.gupshup_whatsapp.api_url = from.text("GUPSHUP_API_URL", all.gupshup_whatsapp.api_url);
    all.gupshup_sms.userid = from.text("GUPSHUP_SMS_USERID");
    all.gupshup_sms.password = secret_of(from, "GUPSHUP_SMS_PASSWORD");
    all.gupshup_sms.mask = from.text("GUPSHUP_SMS_MASK");
    all.gupshup_sms.entity_id = from.text("GUPSHUP_SMS_ENTITY_ID");
    all.gupshup_sms.template_id = from.text("GUPSHUP_SMS_TEMPLATE_ID");
    all.gupshup_sms.api_url = from.text("GUPSHUP_SMS_API_URL", all.gupshup_sms.api_url);
    return all;
}

}  // namespace otp
