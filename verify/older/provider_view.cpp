#include "verify/older/provider_view.hpp"

#include "common/config/installed_folder.hpp"
#include "common/core/random.hpp"
#include "common/json/json_writer.hpp"
#include "worker/provider/make_providers.hpp"
#include "worker/text/template_set.hpp"

#include <array>
#include <utility>

namespace otp::older {

namespace {

constexpr std::string_view mask = "******";  // of secrets, and of the code

constexpr std::array provider_names{"TWILIO_ACCOUNT_SID",     "TWILIO_AUTH_TOKEN",
                                    "TWILIO_API_KEY",         "TWILIO_API_SECRET",
                                    "TWILIO_PHONE_NUMBER",    "TWILIO_MESSAGING_SERVICE_SID",
                                    "TWILIO_WHATSAPP_NUMBER", "TWILIO_CONTENT_SID",
                                    "TWILIO_API_URL",         "TWILIO_VERIFY_SERVICE_SID",
                                    "TWILIO_VERIFY_API_URL",  "GUPSHUP_API_KEY",
                                    "GUPSHUP_SOURCE",         "GUPSHUP_SRC_NAME",
                                    "GUPSHUP_TEMPLATE_ID",    "GUPSHUP_API_URL",
                                    "GUPSHUP_SMS_USERID",     "GUPSHUP_SMS_PASSWORD",
                                    "GUPSHUP_SMS_API_URL",    "GUPSHUP_SMS_MASK",
                                    "GUPSHUP_SMS_ENTITY_ID",  "GUPSHUP_SMS_TEMPLATE_ID"};

secret masked(const settings& from, std::string_view name) {
    return from.is_set(name) ? secret(mask) : secret();
}

twilio_settings read_twilio(settings& from) {
    twilio_settings twilio;
    twilio.account_sid = from.text("TWILIO_ACCOUNT_SID");
    twilio.auth_token = masked(from, "TWILIO_AUTH_TOKEN");
    twilio.api_key = from.text("TWILIO_API_KEY");
    twilio.api_secret = masked(from, "TWILIO_API_SECRET");
    twilio.phone_number = from.text("TWILIO_PHONE_NUMBER");
    twilio.messaging_service_sid = from.text("TWILIO_MESSAGING_SERVICE_SID");
    twilio.whatsapp_number = from.text("TWILIO_WHATSAPP_NUMBER");
    twilio.content_sid = from.text("TWILIO_CONTENT_SID");
    twilio.api_url = from.text("TWILIO_API_URL", twilio.api_url);
    twilio.verify_service_sid = from.text("TWILIO_VERIFY_SERVICE_SID");
    twilio.verify_api_url = from.text("TWILIO_VERIFY_API_URL", twilio.verify_api_url);
    return twilio;
}

gupshup_whatsapp_settings read_gupshup_whatsapp(settings& from) {
    gupshup_whatsapp_settings gupshup;
    gupshup.api_key = masked(from, "GUPSHUP_API_KEY");
    gupshup.source = from.text("GUPSHUP_SOURCE");
    gupshup.src_name = from.text("GUPSHUP_SRC_NAME");
    gupshup.template_id = from.text("GUPSHUP_TEMPLATE_ID");
    gupshup.api_url = from.text("GUPSHUP_API_URL", gupshup.api_url);
    return gupshup;
}

gupshup_sms_settings read_gupshup_sms(settings& from) {
    gupshup_sms_settings gupshup;
    gupshup.userid = from.text("GUPSHUP_SMS_USERID");
    gupshup.password = masked(from, "GUPSHUP_SMS_PASSWORD");
    gupshup.mask = from.text("GUPSHUP_SMS_MASK");
    gupshup.entity_id = from.text("GUPSHUP_SMS_ENTITY_ID");
    gupshup.template_id = from.text("GUPSHUP_SMS_TEMPLATE_ID");
    gupshup.api_url = from.text("GUPSHUP_SMS_API_URL", gupshup.api_url);
    return gupshup;
}

// Those that are whole; what the others lack is added to `faults`.
provider_settings sound_settings(settings& from, setting_faults& faults) {
    provider_settings sound;
    const auto keep = [&faults](auto& place, auto read) {
        const auto wrong = faults_of(read);
        if (wrong.empty())
            place = std::move(read);
        faults.insert(faults.end(), wrong.begin(), wrong.end());
    };
    keep(sound.twilio, read_twilio(from));
    keep(sound.gupshup_whatsapp, read_gupshup_whatsapp(from));
    keep(sound.gupshup_sms, read_gupshup_sms(from));
    return sound;
}

phone_number example_number() {
    return *phone_number::from_e164("+14155550100");
}

rendered_text mask_alone() {
    rendered_text words{secret(mask), false, 1, {}};
    words.whatsapp.emplace_back(mask);
    return words;
}

// The usual text; the mask alone where this process has no templates.
rendered_text words_for(settings& from, const phone_number& to, const code_settings& code) {
    const auto folder = from.text("OTP_TEMPLATES", installed_folder("templates"));
    const auto app = from.text("OTP_APP_NAME", "OTP");
    const auto templates = template_set::load(folder);
    if (!templates)
        return mask_alone();
    const send_job job{
        .request_id = {},
        .tenant = {},
        .to = to,
        .purpose = {},
        .channels = {},
        .template_name = "otp",
        .locale = {},
        .variables = {},
        .ttl = code.ttl,
        .code_length = code.length,
        .requested_at = {},
        .user = {},
        .client_ip = {}};
    const auto chosen = templates->choose(job);
    if (!chosen)
        return mask_alone();
    return render(**chosen, {mask, code.ttl, app, job.variables});
}

// "Name: value" lines; what follows "Basic" is made from a secret.
void put_head(json_writer& to, std::string_view head) {
    constexpr std::string_view basic = "Basic ";
    to.open_object("headers");
    while (!head.empty()) {
        const auto end = head.find("\r\n");
        const auto line = head.substr(0, end);
        head.remove_prefix(std::min(end + 2, head.size()));
        const auto colon = line.find(": ");
        const auto value = line.substr(colon + 2);
        const auto shown =
            value.starts_with(basic) ? std::string(basic).append(mask) : std::string(value);
        to.member(line.substr(0, colon), shown);
    }
    to.close_object();
}

void put_request(json_writer& to, const provider& by, const message& what) {
    const auto request = by.build(what);
    to.open_object();
    to.member("provider", by.name()).member("channel", to_string(by.by()));
    to.member("method", request.method).member("url", by.origin() + request.target);
    put_head(to, request.head);
    to.member("body", request.body.reveal());
    to.close_object();
}

// As worker/delivery makes it.
std::string callback_of(const std::string& base, const provider& by, const message& what) {
    if (base.empty())
        return {};
    return base + "/webhooks/" + std::string(by.name()) + "/" + to_string(what.request_id) + "/1";
}

void put_faults(json_writer& to, const setting_faults& faults) {
    to.open_array("faults");
    for (const auto& fault : faults)
        to.open_object().member("detail", fault).close_object();
    to.close_array();
}

std::string write_settings(const settings& from, const provider_settings& sound) {
    json_writer body;
    body.open_object("settings");
    for (const auto* name : provider_names)
        body.member(name, from.is_set(name));
    body.close_object();
    body.open_object("whatsapp");
    body.member("twilio", sound.twilio.whatsapps());
    body.member("gupshup", sound.gupshup_whatsapp.whatsapps());
    body.member("twilio_verify", sound.twilio.verifies());
    body.close_object();
    return body.take();
}

}  // namespace

provider_view read_provider_view(
    settings& from,
    const code_settings& code,
    const std::string& callback_url,
    const std::optional<phone_number>& to
) {
    setting_faults faults;
    const auto sound = sound_settings(from, faults);
    const auto number = to.value_or(example_number());
    auto words = words_for(from, number, code);
    message what{
        .request_id = new_uuid(),
        .attempt = 1,
        .to = number,
        .text = std::move(words.text),
        .code = secret(mask),
        .parameters = std::move(words.whatsapp),
        .needs_unicode = words.unicode,
        .validity = code.ttl,
        .callback_url = {}};
    json_writer body;
    body.open_array("requests");
    for (const auto& by : make_providers(sound)) {
        what.callback_url = callback_of(callback_url, *by, what);
        put_request(body, *by, what);
    }
    body.close_array();
    put_faults(body, faults);
    return {write_settings(from, sound), body.take()};
}

}  // namespace otp::older
