#include "common/config/known_settings.hpp"

#include "common/core/ascii.hpp"
#include "common/core/country_code.hpp"

#include <algorithm>
#include <array>
#include <iterator>
#include <limits>
#include <numeric>

namespace otp {

namespace {

constexpr bool secret_one = true;

constexpr std::array all_settings{
    known_setting{
        "AMQP_URL",
        "WVC",
        "broker, amqp:// or amqps://; several, comma-separated, are tried in turn",
        secret_one},
    known_setting{"DATABASE_URL", "WVC", "PostgreSQL, as a libpq URI", secret_one},
    known_setting{"AMQP_CA_FILE", "WVC", "CA of the broker's certificate (the system's)"},
    known_setting{"OTP_CA_FILE", "WS", "CA for outgoing HTTPS (the system's)"},
    known_setting{
        "OTP_HTTPS_PROXY",
        "W",
        "proxy by which providers are called, http://user:password@host:port (none)",
        secret_one},
    known_setting{
        "OTP_STARTUP_WAIT_SECONDS",
        "WVC",
        "how long to wait for the servers at start (60)"},
    known_setting{"OTP_WORKER_LISTEN", "W", "health and metrics of a worker (127.0.0.1:9464)"},
    known_setting{"OTP_LISTEN", "V", "address of otp-verify (127.0.0.1:8080)"},
    known_setting{"OTP_LOG_LEVEL", "WVS", "debug, info, warning or error (info)"},
    known_setting{"OTP_TEMPLATES", "WV", "folder of templates (templates)"},
    known_setting{"OTP_APP_NAME", "WV", "value of {app} where a job gives none (OTP)"},
    known_setting{"OTP_IN_DOUBT", "W", "resend_other_provider or hold (resend_other_provider)"},
    known_setting{"OTP_RETENTION_DAYS", "C", "days that status rows and events are kept (30)"},
    known_setting{
        "OTP_CODE_KEYS",
        "W",
        "id:hex,… of 32 bytes; the first makes new codes",
        secret_one},
    known_setting{
        "OTP_HASH_KEYS",
        "WV",
        "id:hex,… of 32 bytes; the first tags new codes",
        secret_one},
    known_setting{
        "OTP_PROOF_KEYS",
        "V",
        "id:path,… of P-256 private keys in PEM; the first signs (no proofs)"},
    known_setting{"OTP_PROOF_ISSUER", "V", "who proofs say they are from (otp-verify)"},
    known_setting{
        "OTP_DEVICE_KEYS",
        "V",
        "id:hex,… of 32 bytes; the first makes device tokens",
        secret_one},
    known_setting{
        "GUPSHUP_WEBHOOK_SECRET",
        "VS",
        "secret path segment, at least 32 characters",
        secret_one},
    known_setting{"OTP_EXPIRY_MINUTES", "WV", "life of a code in minutes"},
    known_setting{"OTP_EXPIRY_SECONDS", "WV", "life of a code in seconds, 60 to 600 (300)"},
    known_setting{"OTP_CODE_LENGTH", "WV", "digits of a code, 4 to 10 (6)"},
    known_setting{
        "OTP_SMS_PROVIDERS",
        "W",
        "providers of SMS in order of preference (those configured)"},
    known_setting{"OTP_WHATSAPP_PROVIDERS", "W", "the same for WhatsApp (those configured)"},
    known_setting{"OTP_CONCURRENCY", "W", "sends in flight in one process (512)"},
    known_setting{"OTP_QUEUE", "WC", "queue consumed (otp.send)"},
    known_setting{"OTP_QUEUE_TENANT", "W", "the only tenant whose jobs that queue may hold (any)"},
    known_setting{
        "OTP_RESEND_SECONDS",
        "WV",
        "pauses before another text; 0 switches them off (30,60,120,300)"},
    known_setting{"OTP_COUNTRIES", "WV", "ISO codes that may be texted (all)"},
    known_setting{
        "OTP_LIMITS",
        "WV",
        "TOML file of the tables [limits] and [abuse] (that of the other settings)"},
    known_setting{
        "OTP_DEFAULT_REGION",
        "V",
        "ISO code for numbers written without + (none: refused)"},
    known_setting{"OTP_CALLBACK_URL", "WVS", "public base URL for receipts (none are asked for)"},
    known_setting{
        "OTP_RECEIPT_FAILOVER",
        "V",
        "on or off: another provider after a receipt of failure (on)"},
    known_setting{"OTP_AUTH", "V", "required or off (required)"},
    known_setting{
        "OTP_AUTH_OFF_ANYWHERE",
        "V",
        "yes allows OTP_AUTH=off on other addresses than loopback"},
    known_setting{
        "OTP_TLS_CERT_FILE",
        "V",
        "certificate chain of otp-verify, PEM (none: plain HTTP)"},
    known_setting{"OTP_TLS_KEY_FILE", "V", "its private key, PEM"},
    known_setting{"OTP_REUSE_PORT", "V", "yes lets processes share OTP_LISTEN (yes)"},
    known_setting{"OTP_CORS_ORIGINS", "V", "origins of pages that may call otp-verify (none)"},
    known_setting{
        "OTP_TRUSTED_PROXIES",
        "V",
        "networks whose X-Forwarded-For is believed, such as 10.0.0.0/8 (none)"},
    known_setting{
        "OTP_LIMIT_PEER_ADDRESS",
        "V",
        "yes limits the older routes by the peer's address"},
    known_setting{"OTP_CONNECTIONS_OF_ADDRESS", "V", "connections of one client address (256)"},
    known_setting{"TEST_PHONE_NUMBER", "V", "number that the older test route texts"},
    known_setting{"TWILIO_ACCOUNT_SID", "WVS", "AC…"},
    known_setting{"TWILIO_AUTH_TOKEN", "WVS", "token; also checks receipts", secret_one},
    known_setting{
        "TWILIO_AUTH_TOKEN_PREVIOUS",
        "V",
        "another token that checks receipts, while tokens change (none)",
        secret_one},
    known_setting{"TWILIO_API_KEY", "WVS", "SK…, used for requests instead of the token"},
    known_setting{"TWILIO_API_SECRET", "WVS", "its secret", secret_one},
    known_setting{"TWILIO_PHONE_NUMBER", "WVS", "SMS sender"},
    known_setting{"TWILIO_MESSAGING_SERVICE_SID", "WVS", "MG…, SMS sender"},
    known_setting{"TWILIO_WHATSAPP_NUMBER", "WVS", "whatsapp:+… sender"},
    known_setting{"TWILIO_CONTENT_SID", "WVS", "HX…, the approved WhatsApp template"},
    known_setting{"TWILIO_API_URL", "WV", "base URL (https://api.twilio.com)"},
    known_setting{"TWILIO_VERIFY_SERVICE_SID", "WVS", "VA…, Twilio Verify's service (no Verify)"},
    known_setting{"TWILIO_VERIFY_API_URL", "WV", "base URL of Verify (https://verify.twilio.com)"},
    known_setting{"GUPSHUP_API_KEY", "WVS", "WhatsApp: key", secret_one},
    known_setting{"GUPSHUP_SOURCE", "WVS", "WhatsApp: our number, digits"},
    known_setting{"GUPSHUP_SRC_NAME", "WVS", "WhatsApp: name of the app"},
    known_setting{"GUPSHUP_TEMPLATE_ID", "WVS", "WhatsApp: id of the template"},
    known_setting{
        "GUPSHUP_API_URL",
        "WV",
        "whole URL (https://api.gupshup.io/wa/api/v1/template/msg)"},
    known_setting{"GUPSHUP_SMS_USERID", "WVS", "enterprise SMS: account"},
    known_setting{"GUPSHUP_SMS_PASSWORD", "WVS", "enterprise SMS: password", secret_one},
    known_setting{"GUPSHUP_SMS_API_URL", "WV", "enterprise SMS: whole URL"},
    known_setting{"GUPSHUP_SMS_MASK", "WVS", "enterprise SMS: sender mask"},
    known_setting{"GUPSHUP_SMS_ENTITY_ID", "WVS", "enterprise SMS: DLT entity"},
    known_setting{"GUPSHUP_SMS_TEMPLATE_ID", "WVS", "enterprise SMS: DLT template"},
    known_setting{"SANDBOX_LISTEN", "S", "address of otp-sandbox (127.0.0.1:4010)"},
    known_setting{"SANDBOX_TLS_LISTEN", "S", "address of its HTTPS listener (none)"},
    known_setting{"SANDBOX_TLS_CERT_FILE", "S", "certificate chain of the HTTPS listener, PEM"},
    known_setting{"SANDBOX_TLS_KEY_FILE", "S", "private key of the HTTPS listener, PEM"},
    known_setting{"SANDBOX_LATENCY_MS", "S", "pause before each answer to a send (0)"},
    known_setting{
        "SANDBOX_FAILURE_RATE",
        "S",
        "share of sends answered by HTTP 500, not accepted (0)"},
    known_setting{"SANDBOX_DOUBT_RATE", "S", "share of accepted sends whose answer is cut off (0)"},
    known_setting{
        "SANDBOX_RECEIPT_DELAY_MS",
        "S",
        "time from acceptance to sent; twice to the end (200)"},
    known_setting{"SANDBOX_INBOX", "S", "messages that are kept (100000)"},
    known_setting{
        "SANDBOX_GUPSHUP_WEBHOOK_URL",
        "S",
        "where WhatsApp events go (from OTP_CALLBACK_URL and GUPSHUP_WEBHOOK_SECRET)",
        secret_one},
    known_setting{
        "SANDBOX_GUPSHUP_SMS_WEBHOOK_URL",
        "S",
        "where SMS reports go (from OTP_CALLBACK_URL and GUPSHUP_WEBHOOK_SECRET)",
        secret_one},
    known_setting{
        "routes.COUNTRY.sms",
        "W",
        "providers for numbers of that country, in order of preference (OTP_SMS_PROVIDERS)"},
    known_setting{"routes.COUNTRY.whatsapp", "W", "the same for WhatsApp (OTP_WHATSAPP_PROVIDERS)"},
    known_setting{
        "provider.twilio.sms.max_per_second",
        "W",
        "calls a process begins in a second (no limit)"},
    known_setting{
        "provider.twilio.sms.in_flight",
        "W",
        "calls of a process under way (OTP_CONCURRENCY)"},
    known_setting{
        "provider.twilio.whatsapp.max_per_second",
        "W",
        "calls a process begins in a second (no limit)"},
    known_setting{
        "provider.twilio.whatsapp.in_flight",
        "W",
        "calls of a process under way (OTP_CONCURRENCY)"},
    known_setting{
        "provider.gupshup.sms.max_per_second",
        "W",
        "calls a process begins in a second (no limit)"},
    known_setting{
        "provider.gupshup.sms.in_flight",
        "W",
        "calls of a process under way (OTP_CONCURRENCY)"},
    known_setting{
        "provider.gupshup.whatsapp.max_per_second",
        "W",
        "calls a process begins in a second (no limit)"},
    known_setting{
        "provider.gupshup.whatsapp.in_flight",
        "W",
        "calls of a process under way (OTP_CONCURRENCY)"},
    known_setting{
        "provider.twilio_verify.sms.max_per_second",
        "W",
        "calls a process begins in a second (no limit)"},
    known_setting{
        "provider.twilio_verify.sms.in_flight",
        "W",
        "calls of a process under way (OTP_CONCURRENCY)"},
    known_setting{
        "provider.twilio_verify.whatsapp.max_per_second",
        "W",
        "calls a process begins in a second (no limit)"},
    known_setting{
        "provider.twilio_verify.whatsapp.in_flight",
        "W",
        "calls of a process under way (OTP_CONCURRENCY)"},
};

constexpr std::string_view route_prefix = "routes.";
constexpr std::string_view any_country = "COUNTRY";

std::size_t edits(std::string_view from, std::string_view to) {
    std::vector<std::size_t> row(to.size() + 1);
    std::iota(row.begin(), row.end(), 0U);
    for (std::size_t i = 1; i <= from.size(); ++i) {
        std::size_t diagonal = row[0];
        row[0] = i;
        for (std::size_t j = 1; j <= to.size(); ++j) {
            const auto replaced = diagonal + (from[i - 1] == to[j - 1] ? 0U : 1U);
            diagonal = row[j];
            row[j] = std::min({row[j] + 1, row[j - 1] + 1, replaced});
        }
    }
    return row.back();
}

// The same letters, however they are written: OTP_APP_NAME, otp_app_name, otp-app-name.
std::string plain(std::string_view name) {
    auto text = lower_case(name);
    std::ranges::replace(text, '-', '_');
    return text;
}

}  // namespace

std::span<const known_setting> known_settings() {
    return all_settings;
}

std::vector<known_setting> settings_of(setting_reader who) {
    std::vector<known_setting> own;
    std::ranges::copy_if(all_settings, std::back_inserter(own), [who](const known_setting& one) {
        return one.read_by.find(static_cast<char>(who)) != std::string_view::npos;
    });
    return own;
}

const known_setting* find_setting(std::string_view name) {
    std::string sought(name);
    if (is_route(name))
        sought.replace(route_prefix.size(), 2, any_country);
    const auto found = std::find_if(all_settings.begin(), all_settings.end(), [&](const auto& s) {
        return s.name == sought;
    });
    return found == all_settings.end() ? nullptr : &*found;
}

bool is_route(std::string_view name) {
    if (!name.starts_with(route_prefix))
        return false;
    name.remove_prefix(route_prefix.size());
    return (name.ends_with(".sms") || name.ends_with(".whatsapp")) && name.find('.') == 2 &&
           is_country_code(name.substr(0, 2));
}

std::vector<std::string> given_names() {
    std::vector<std::string> names;
    for (const auto& one : all_settings) {
        names.emplace_back(one.name);
        if (one.is_secret)
            names.push_back(std::string(one.name) + "_FILE");
    }
    return names;
}

bool is_in_table(std::string_view name) {
    return name.find('.') != std::string_view::npos;
}

std::string toml_key(std::string_view name) {
    return lower_case(name);
}

std::string flag_name(std::string_view name) {
    auto flag = "--" + toml_key(name);
    std::replace(flag.begin(), flag.end(), '_', '-');
    return flag;
}

std::string nearest(std::string_view name, std::span<const std::string> candidates) {
    std::string best;
    std::size_t least = std::numeric_limits<std::size_t>::max();
    for (const auto& candidate : candidates) {
        if (const auto distance = edits(plain(name), plain(candidate)); distance < least) {
            least = distance;
            best = candidate;
        }
    }
    return best;
}

}  // namespace otp
