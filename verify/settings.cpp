#include "verify/settings.hpp"

#include "common/config/key_settings.hpp"
#include "common/core/country_code.hpp"
#include "common/http/url.hpp"
#include "common/net/loopback.hpp"
#include "verify/proof/proof_keys.hpp"

#include <algorithm>
#include <utility>

namespace otp {

namespace {

void read_listen(settings& from, verify_settings& into) {
    into.listen = from.text("OTP_LISTEN", "127.0.0.1:8080");
    into.auth_required = from.one_of("OTP_AUTH", {"required", "off"}, "required") == "required";
    into.auth_off_anywhere = from.yes("OTP_AUTH_OFF_ANYWHERE", false);
    const auto address = http::parse_host_and_port(into.listen);
    if (!address) {
        from.fault("OTP_LISTEN", "must be an address and a port, such as 127.0.0.1:8080");
        return;
    }
    into.on_loopback = net::is_loopback(address->host);
    if (!into.auth_required && !into.on_loopback && !into.auth_off_anywhere)
        from.fault(
            "OTP_AUTH",
            "may be off only where OTP_LISTEN is on loopback: listen on 127.0.0.1, or set"
            " OTP_AUTH_OFF_ANYWHERE=yes"
        );
}

void read_region(settings& from, verify_settings& into) {
    into.default_region = from.text("OTP_DEFAULT_REGION");
    if (!into.default_region.empty() && !is_country_code(into.default_region))
        from.fault("OTP_DEFAULT_REGION", "must be a country's ISO 3166 code, such as GB");
}

// The channel that workers choose for a job without one, as far as this process can know: by the
// same provider settings where it is given them, else SMS.
std::string read_default_channel(settings& from) {
    const auto any = [&](const std::vector<const char*>& names) {
        return std::ranges::any_of(names, [&](const char* name) {
            return !from.text(name).empty();
        });
    };
    const bool texts = any(
        {"TWILIO_PHONE_NUMBER",
         "TWILIO_MESSAGING_SERVICE_SID",
         "TWILIO_VERIFY_SERVICE_SID",
         "GUPSHUP_SMS_USERID"}
    );
    const bool whatsapps =
        any({"TWILIO_WHATSAPP_NUMBER", "TWILIO_VERIFY_SERVICE_SID", "GUPSHUP_SOURCE"});
    return !texts && whatsapps ? "whatsapp" : "sms";
}

// As a worker asks of its credentials: one that can never match would refuse every receipt.
void require_visible(settings& from, std::string_view name, const secret& text) {
    const auto is_visible = [](char c) { return c > ' ' && c < 127; };
    if (!std::ranges::all_of(text.reveal(), is_visible))
        from.fault(name, "must be visible ASCII characters");
}

void read_receipts(settings& from, verify_settings& into) {
    constexpr std::size_t least_secret = 32;
    into.callback_url = read_callback_url(from);
    into.receipts.twilio_token = from.secret_text("TWILIO_AUTH_TOKEN");
    into.receipts.twilio_previous_token = from.secret_text("TWILIO_AUTH_TOKEN_PREVIOUS");
    into.receipts.gupshup = from.secret_text("GUPSHUP_WEBHOOK_SECRET");
    const auto size = into.receipts.gupshup.size();
    if (size != 0 && size < least_secret)
        from.fault("GUPSHUP_WEBHOOK_SECRET", "must be at least 32 characters");
    require_visible(from, "GUPSHUP_WEBHOOK_SECRET", into.receipts.gupshup);
    require_visible(from, "TWILIO_AUTH_TOKEN", into.receipts.twilio_token);
    require_visible(from, "TWILIO_AUTH_TOKEN_PREVIOUS", into.receipts.twilio_previous_token);
    into.receipt_failover = from.one_of("OTP_RECEIPT_FAILOVER", {"on", "off"}, "on") == "on";
}

// Also where it is not in the form of E.164, as those services had it in their settings.
void read_test_number(settings& from, verify_settings& into) {
    auto& test = into.test_number;
    test.written = from.text("TEST_PHONE_NUMBER");
    if (test.written.empty())
        return;
    if (auto number = phone_number::from_text(test.written, into.default_region))
        test.number = std::move(*number);
    else
        from.fault("TEST_PHONE_NUMBER", "must be a number with + and country code");
}

}  // namespace

bool is_of_receipts(std::string_view setting) {
    return setting == "TWILIO_AUTH_TOKEN" || setting == "TWILIO_AUTH_TOKEN_PREVIOUS" ||
           setting == "GUPSHUP_WEBHOOK_SECRET";
}

verify_settings read_verify_settings(settings& from) {
    verify_settings all;
    all.servers = read_server_settings(from);
    read_listen(from, all);
    if (auto keys = read_keys(from, "OTP_HASH_KEYS"))
        all.hash_keys = std::move(*keys);
    all.device_keys = read_optional_keys(from, "OTP_DEVICE_KEYS");
    all.proofs = read_proof_settings(from);
    all.code = read_code_settings(from);
    all.resend_ladder = read_resend_ladder(from);
    all.send_limits = read_live_limits(from);
    read_region(from, all);
    all.default_channel = read_default_channel(from);
    read_receipts(from, all);
    all.web = read_web_settings(from);
    read_test_number(from, all);
    all.provider_view =
        older::read_provider_view(from, all.code, all.callback_url, all.test_number.number);
    return all;
}

}  // namespace otp
