#include "sandbox/settings.hpp"

#include "common/http/url.hpp"
#include "common/provider/twilio_sid.hpp"
#include "sandbox/callback_url.hpp"

#include <charconv>
#include <fstream>

namespace otp::sandbox {

namespace {

double share(settings& from, std::string_view name) {
    const auto text = from.text(name, "0");
    double value = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
    if (error != std::errc() || end != text.data() + text.size() || !(value >= 0 && value <= 1)) {
        from.fault(name, "must be a share from 0 to 1, such as 0.05");
        return 0;
    }
    return value;
}

std::chrono::milliseconds span(settings& from, std::string_view name, std::int64_t fallback) {
    return std::chrono::milliseconds(from.whole(name, 0, 600'000, fallback));
}

std::string readable_file(settings& from, std::string_view name) {
    auto path = from.text(name);
    if (!path.empty() && !std::ifstream(path))
        from.fault(name, "must name a file that can be read; " + path + " cannot");
    return path;
}

void check_address(settings& from, std::string_view name, const std::string& address) {
    if (!http::parse_host_and_port(address))
        from.fault(name, "must be an address and a port, such as 127.0.0.1:4010");
}

// True where both are set; one of two is a fault.
bool both(settings& from, std::string_view one, std::string_view other) {
    if (from.is_set(one) != from.is_set(other)) {
        const bool has_one = from.is_set(one);
        from.fault(
            has_one ? other : one,
            "is needed as well, because " + std::string(has_one ? one : other) + " is set"
        );
    }
    return from.is_set(one) && from.is_set(other);
}

std::optional<twilio_account> read_twilio(settings& from) {
    if (!both(from, "TWILIO_ACCOUNT_SID", "TWILIO_AUTH_TOKEN"))
        return std::nullopt;
    twilio_account account;
    account.sid = from.text("TWILIO_ACCOUNT_SID");
    if (!is_twilio_sid(account.sid, "AC"))
        from.fault("TWILIO_ACCOUNT_SID", "must be AC and 32 hex digits");
    account.auth_token = from.secret_text("TWILIO_AUTH_TOKEN");
    if (both(from, "TWILIO_API_KEY", "TWILIO_API_SECRET")) {
        account.api_key = from.text("TWILIO_API_KEY");
        account.api_secret = from.secret_text("TWILIO_API_SECRET");
    }
    account.phone_number = from.text("TWILIO_PHONE_NUMBER");
    account.messaging_service_sid = from.text("TWILIO_MESSAGING_SERVICE_SID");
    account.whatsapp_number = from.text("TWILIO_WHATSAPP_NUMBER");
    account.content_sid = from.text("TWILIO_CONTENT_SID");
    account.verify_service_sid = from.text("TWILIO_VERIFY_SERVICE_SID");
    if (!account.verify_service_sid.empty() && !is_twilio_sid(account.verify_service_sid, "VA"))
        from.fault("TWILIO_VERIFY_SERVICE_SID", "must be VA and 32 hex digits");
    return account;
}

// The setting itself, or the route of otp-verify that takes these receipts.
std::string webhook_url(settings& from, std::string_view name, std::string_view route) {
    const auto given = from.secret_text(name);
    std::string url(given.reveal());
    const auto secret_segment = from.secret_text("GUPSHUP_WEBHOOK_SECRET");
    auto base = from.text("OTP_CALLBACK_URL");
    if (url.empty() && !base.empty() && !secret_segment.empty()) {
        if (base.ends_with('/'))
            base.pop_back();
        url = base + std::string(route) + std::string(secret_segment.reveal());
    }
    if (!url.empty() && !read_callback_url(url))
        from.fault(name, "must be an http or https URL");
    return url;
}

std::optional<gupshup_app> read_whatsapp(settings& from) {
    if (!from.is_set("GUPSHUP_API_KEY"))
        return std::nullopt;
    gupshup_app app;
    app.api_key = from.secret_text("GUPSHUP_API_KEY");
    app.source = from.text("GUPSHUP_SOURCE");
    if (app.source.starts_with('+'))
        app.source.erase(0, 1);
    app.name = from.text("GUPSHUP_SRC_NAME");
    app.template_id = from.text("GUPSHUP_TEMPLATE_ID");
    app.webhook_url = webhook_url(from, "SANDBOX_GUPSHUP_WEBHOOK_URL", "/webhooks/gupshup/");
    return app;
}

std::optional<gupshup_gateway> read_sms(settings& from) {
    if (!both(from, "GUPSHUP_SMS_USERID", "GUPSHUP_SMS_PASSWORD"))
        return std::nullopt;
    gupshup_gateway gateway;
    gateway.user_id = from.text("GUPSHUP_SMS_USERID");
    gateway.password = from.secret_text("GUPSHUP_SMS_PASSWORD");
    gateway.mask = from.text("GUPSHUP_SMS_MASK");
    gateway.entity_id = from.text("GUPSHUP_SMS_ENTITY_ID");
    gateway.template_id = from.text("GUPSHUP_SMS_TEMPLATE_ID");
    gateway.webhook_url =
        webhook_url(from, "SANDBOX_GUPSHUP_SMS_WEBHOOK_URL", "/webhooks/gupshup-sms/");
    return gateway;
}

}  // namespace

sandbox_settings read_sandbox_settings(settings& from) {
    sandbox_settings own;
    own.listen = from.text("SANDBOX_LISTEN", "127.0.0.1:4010");
    check_address(from, "SANDBOX_LISTEN", own.listen);
    own.tls_listen = from.text("SANDBOX_TLS_LISTEN");
    own.tls_certificate_file = readable_file(from, "SANDBOX_TLS_CERT_FILE");
    own.tls_key_file = readable_file(from, "SANDBOX_TLS_KEY_FILE");
    if (!own.tls_listen.empty()) {
        check_address(from, "SANDBOX_TLS_LISTEN", own.tls_listen);
        if (own.tls_certificate_file.empty())
            from.fault("SANDBOX_TLS_CERT_FILE", "is needed for SANDBOX_TLS_LISTEN");
        if (own.tls_key_file.empty())
            from.fault("SANDBOX_TLS_KEY_FILE", "is needed for SANDBOX_TLS_LISTEN");
    }
    own.ca_file = readable_file(from, "OTP_CA_FILE");
    own.twilio = read_twilio(from);
    own.whatsapp = read_whatsapp(from);
    own.sms = read_sms(from);
    if (!own.twilio && !own.whatsapp && !own.sms)
        from.add_fault("no provider to play: set TWILIO_ACCOUNT_SID and TWILIO_AUTH_TOKEN, "
                       "GUPSHUP_API_KEY, or "
                       "GUPSHUP_SMS_USERID and GUPSHUP_SMS_PASSWORD");
    own.latency = span(from, "SANDBOX_LATENCY_MS", 0);
    own.failure_rate = share(from, "SANDBOX_FAILURE_RATE");
    own.doubt_rate = share(from, "SANDBOX_DOUBT_RATE");
    own.receipt_delay = span(from, "SANDBOX_RECEIPT_DELAY_MS", 200);
    own.inbox_size = static_cast<std::size_t>(from.whole("SANDBOX_INBOX", 1, 10'000'000, 100'000));
    return own;
}

}  // namespace otp::sandbox
