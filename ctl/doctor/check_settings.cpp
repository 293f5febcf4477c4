#include "common/config/installed_folder.hpp"
#include "common/config/shared_settings.hpp"
#include "ctl/doctor/checks.hpp"
#include "ctl/doctor/remedies.hpp"
#include "verify/settings.hpp"
#include "worker/settings.hpp"

namespace otp {

namespace {

constexpr std::string_view about = "settings";

bool uses_twilio(const worker_settings& of) {
    return of.providers.twilio.texts() || of.providers.twilio.whatsapps();
}

bool uses_gupshup(const worker_settings& of) {
    return of.providers.gupshup_sms.texts() || of.providers.gupshup_whatsapp.whatsapps();
}

void take_provider_urls(const worker_settings& of, examined_settings& into) {
    const auto& all = of.providers;
    if (uses_twilio(of))
        into.provider_urls.emplace_back("TWILIO_API_URL", all.twilio.api_url);
    if (all.twilio.verifies())
        into.provider_urls.emplace_back("TWILIO_VERIFY_API_URL", all.twilio.verify_api_url);
    if (all.gupshup_whatsapp.whatsapps())
        into.provider_urls.emplace_back("GUPSHUP_API_URL", all.gupshup_whatsapp.api_url);
    if (all.gupshup_sms.texts())
        into.provider_urls.emplace_back("GUPSHUP_SMS_API_URL", all.gupshup_sms.api_url);
}

void warn_of_worker(const worker_settings& of, findings& into) {
    if (of.code.length < 6)
        into.warn(
            std::string(about),
            "OTP_CODE_LENGTH is " + std::to_string(of.code.length) +
                ": 20 guesses a day against 10^" + std::to_string(of.code.length) + " codes",
            "set OTP_CODE_LENGTH to 6 or more"
        );
    if (of.send_limits.rules.countries.allowed.empty())
        into.warn(
            std::string(about),
            "OTP_COUNTRIES is unset: numbers of all countries are texted",
            "list the countries that your users are in; it stops most SMS pumping"
        );
    const auto only_one = [&](channel by) {
        return of.preferred.usual[static_cast<std::size_t>(by)].size() == 1;
    };
    if (only_one(channel::sms))
        into.warn(
            std::string(about),
            "only one provider is configured for SMS: while it is down no text goes out",
            "configure the other one too"
        );
}

void warn_of_receipts(settings& from, const worker_settings& worker, findings& into) {
    if (worker.callback_url.empty()) {
        into.warn(
            std::string(about),
            "OTP_CALLBACK_URL is unset: no receipts are asked for, deliveries end as sent",
            "set it to the public base URL of otp-verify, for workers and otp-verify alike"
        );
        return;
    }
    if (uses_twilio(worker) && from.secret_text("TWILIO_AUTH_TOKEN").empty())
        into.fault(
            std::string(about),
            "OTP_CALLBACK_URL is set, but not TWILIO_AUTH_TOKEN: otp-verify refuses all of "
            "Twilio's "
            "receipts, which that token signs",
            "set TWILIO_AUTH_TOKEN, also where requests use TWILIO_API_KEY"
        );
    if (uses_gupshup(worker) && from.secret_text("GUPSHUP_WEBHOOK_SECRET").empty())
        into.fault(
            std::string(about),
            "OTP_CALLBACK_URL is set, but not GUPSHUP_WEBHOOK_SECRET: Gupshup's receipts get 404",
            "set GUPSHUP_WEBHOOK_SECRET, 32 characters or more, and the URL with it at Gupshup"
        );
}

void read_worker(settings& from, examined_settings& into, findings& found) {
    auto worker = read_worker_settings(from);
    take_provider_urls(worker, into);
    into.ca_file = worker.ca_file;
    into.templates = worker.templates;
    into.code_keys = std::move(worker.code_keys);
    into.hash_keys = std::move(worker.hash_keys);
    warn_of_worker(worker, found);
    warn_of_receipts(from, worker, found);
}

void read_verify(settings& from, examined_settings& into, findings& found) {
    auto verify = read_verify_settings(from);
    into.certificate_file = verify.web.certificate_file;
    into.templates = from.text("OTP_TEMPLATES", installed_folder("templates"));
    if (!into.hash_keys && !verify.hash_keys.all().empty())
        into.hash_keys = std::move(verify.hash_keys);
    if (!verify.auth_required)
        found.warn(
            std::string(about),
            "OTP_AUTH is off: whoever reaches otp-verify may send and check",
            "leave it at required, and make keys with `otpctl apikey create`"
        );
    const bool is_plain = verify.web.certificate_file.empty();
    if (is_plain && !verify.on_loopback)
        found.warn(
            std::string(about),
            "otp-verify listens beyond loopback by plain HTTP: codes and keys can be read on the "
            "way",
            "put TLS before it, or set OTP_TLS_CERT_FILE and OTP_TLS_KEY_FILE"
        );
}

}  // namespace

examined_settings check_settings(settings& from, bool worker, bool verify, findings& into) {
    examined_settings all;
    all.worker = worker;
    all.verify = verify;
    if (worker)
        read_worker(from, all, into);
    if (verify)
        read_verify(from, all, into);
    all.database_url = from.secret_text("DATABASE_URL");
    all.amqp_url = from.secret_text("AMQP_URL");
    all.amqp_ca_file = from.text("AMQP_CA_FILE");
    all.queue = read_queue(from);
    read_retention_days(from);
    all.callback_url = from.text("OTP_CALLBACK_URL");
    all.faults = from.faults();
    for (const auto& fault : all.faults)
        into.fault(std::string(about), fault, remedy_of_setting(fault));
    if (all.faults.empty())
        into.fine(std::string(about), "all can be read, and fit together");
    return all;
}

}  // namespace otp
